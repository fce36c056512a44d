/** What a function reads of the configuration: found in its bundle, so that no list has to be kept. */
import { resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '../..')

/**
 * By function: the names of the configuration's values that its code reads. `files` are the functions' own, by function.
 *
 * The bundler drops what a function imports and does not use, so log-in reads the signing key, and what only checks tokens
 * does not. Packages are left out: none of them knows our configuration.
 */
export async function configReads(files: Readonly<Record<string, string>>): Promise<Map<string, Set<string>>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { ...files },
    outdir: root,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Without comments, which name files.
    minifyWhitespace: true,
    write: false,
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]))
  return new Map(Object.keys(files).map((name) => [name, readsIn(texts.get(resolve(root, `${name}.js`)) ?? '')]))
}

/** The names behind `config.` in a text. The bundler numbers names that several modules have. */
function readsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/(?<![.\w/])config\d*\.(\w+)/g)].map(([, name = '']) => name))
}
