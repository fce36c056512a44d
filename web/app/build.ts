/**
 * Builds the page: `npm run build`.
 *
 * It comes to lie in .build/app, and the same files compressed in .build/app.br and .build/app.gzip.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const root = resolve(import.meta.dirname, '../..')
const target = join(root, '.build/app')
/** Says what the page that lies there was made of; without it, the page counts as not built. */
export const stamp = `${target}.hash`
const sources = ['web/app', 'web/client/src', 'package-lock.json', 'tsconfig.json']

/** Good at once, rather than best after seconds. */
const encoders = {
  br: (content: Buffer) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (content: Buffer) => promisify(gzip)(content, { level: 9 }),
}

/** Whether the page lies there as its sources are now. */
export async function isBuilt(): Promise<boolean> {
  const known = await readFile(stamp, 'utf8').catch(() => undefined)
  return known !== undefined && known === (await hashOf(sources))
}

/** `plugins` are added to its own. */
export async function build(plugins: Plugin[] = []): Promise<void> {
  const hash = await hashOf(sources)
  await mkdir(dirname(target), { recursive: true })
  const work = await mkdtemp(`${target}-`)
  try {
    await bundle(join(work, 'app'), plugins)
    for (const encoding of ['br', 'gzip'] as const) await compress(join(work, 'app'), encoding)
    await rm(stamp, { force: true })
    for (const ending of ['', '.br', '.gzip']) await replace(target + ending, join(work, `app${ending}`))
    await writeFile(stamp, hash)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function bundle(outDir: string, plugins: Plugin[]): Promise<void> {
  process.env.NODE_ENV = 'production'
  const { build } = await import('vite')
  await reachable(async (path) => {
    await build({
      root: join(path, 'web/app'),
      configFile: join(import.meta.dirname, 'vite.config.ts'),
      configLoader: 'native',
      plugins,
      resolve: { preserveSymlinks: true },
      build: { outDir: join(path, relative(root, outDir)), emptyOutDir: true },
    })
  })
}

/**
 * Vite takes some letters in the path of a file for a query or a pattern: it gets a path without them. That of TMPDIR may have
 * them, too.
 */
async function reachable(use: (path: string) => Promise<void>): Promise<void> {
  if (/^[\w./-]+$/.test(root)) return await use(root)
  const folder = await mkdtemp('/tmp/gochat-')
  try {
    await symlink(root, join(folder, 'root'))
    await use(join(folder, 'root'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes those files that become smaller into a folder beside the given one. */
async function compress(folder: string, encoding: keyof typeof encoders): Promise<void> {
  const compressOne = async (file: string): Promise<void> => {
    const content = await readFile(join(folder, file))
    const compressed = await encoders[encoding](content)
    if (compressed.length > content.length * 0.9) return
    const path = join(`${folder}.${encoding}`, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, compressed)
  }
  await mkdir(`${folder}.${encoding}`)
  await Promise.all((await filesIn(folder)).map(compressOne))
}

/** Another build may do the same at this moment. */
async function replace(old: string, fresh: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await rm(old, { recursive: true, force: true })
    try {
      return await rename(fresh, old)
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    const files = /\.\w+$/.test(path) ? [path] : (await filesIn(join(root, path))).map((file) => join(path, file))
    for (const file of files) hash.update(`${file}\0`).update(await readFile(join(root, file)))
  }
  return hash.digest('hex')
}

/** Relative to the folder, in order, without what is installed there. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('node_modules'))
    .sort()
}

if (import.meta.main) {
  await build().catch((error: unknown) => {
    console.error(`The page cannot be built: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  })
}
