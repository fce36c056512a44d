/** The stack of the functions as it would be deployed, packaged without network and credentials. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import { unzip } from './zip.ts'

const root = resolve(import.meta.dirname, '../..')
export const serverless = join(root, 'node_modules/serverless/bin/serverless.js')

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
})

export interface Packaged {
  /** Holds all of it. Who asked for it deletes it. */
  folder: string
  template: z.infer<typeof Template>
  /** By function: the files of its zip. */
  zips: Map<string, Map<string, Buffer>>
  /** What is left where temporary files go. */
  leftovers: string[]
}

/** All functions are bundled: on a busy machine that takes minutes. */
export const packagingMs = 240_000

export async function packaged(): Promise<Packaged> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-package-'))
  const temporary = await mkdtemp(join(tmpdir(), 'gochat-package-'))
  await packageTo(folder, temporary)
  const leftovers = await readdir(temporary)
  await rm(temporary, { recursive: true })
  const text = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8')
  const archives = (await readdir(folder)).filter((file) => file.endsWith('.zip'))
  const zips = await Promise.all(
    archives.map(async (file) => [file.replace(/\.zip$/, ''), unzip(await readFile(join(folder, file)))] as const),
  )
  return { folder, template: Template.parse(JSON.parse(text)), zips: new Map(zips), leftovers }
}

async function packageTo(to: string, temporary: string): Promise<void> {
  const args = [serverless, 'package', '--stage', 'production']
  const { PATH, HOME } = process.env
  const environment = {
    PATH,
    HOME,
    TMPDIR: temporary,
    BUILD_FOLDER: `.esbuild/package-${process.pid}`,
    JWT_SECRET: 'x'.repeat(32),
  }
  const child = spawn(process.execPath, [...args, '--package', to], { cwd: root, env: environment })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const code = await new Promise((done) => child.on('close', done))
  await rm(join(root, environment.BUILD_FOLDER), { recursive: true, force: true })
  if (code !== 0) throw new Error(`packaging failed: ${output}`)
}

const anyImport = /(?:from|import)\s*\(?"(\.\/[^"]+\.mjs)"/g

/** The files that a bundle leads to, itself among them, by the imports that `pattern` finds. */
export function reached(zip: ReadonlyMap<string, Buffer>, bundle: string, pattern = anyImport): string[] {
  const paths = new Set([bundle])
  // A set also gives what is added while it is gone through.
  for (const path of paths) {
    for (const [, to = ''] of (zip.get(path)?.toString() ?? '').matchAll(pattern)) paths.add(join(dirname(path), to))
  }
  return [...paths]
}
