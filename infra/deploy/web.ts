/** What the bucket behind the edge serves: the page, or another one that is given, and the API page. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import type { Cloud } from './cloud.ts'

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** How long a file may be kept: its name is relative to its folder. */
export type Keeping = (name: string) => string

/** So the edge has what is new within a minute, and nothing has to be called back from it. */
export const forMinute: Keeping = () => 'public, max-age=60'

/** Of the page: in `assets` a name stands for its content. All else is asked for each time. */
export const byName: Keeping = (name) =>
  name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'

/** A folder, and the prefix that its files get, such as `swagger/`. */
export interface Content {
  folder: string
  prefix: string
  keeping: Keeping
}

/**
 * Copies a folder into the bucket, an index.html last: then all that it names is there. What was there stays, for those who have
 * an older page open. Returns how many files the folder has.
 */
export async function upload(
  { s3 }: Cloud,
  bucket: string,
  { folder, prefix, keeping }: Content,
  signal: AbortSignal,
): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const isLast = (file: string): number => Number(relative(folder, file) === 'index.html')
  for (const file of files.sort((one, other) => isLast(one) - isLast(other))) {
    const name = relative(folder, file).split(sep).join('/')
    const object = {
      Bucket: bucket,
      Key: `${prefix}${name}`,
      Body: await readFile(file),
      ContentType: contentTypes[extname(file)] ?? 'application/octet-stream',
      CacheControl: keeping(name),
    }
    await s3.putObject(object, { abortSignal: signal })
  }
  return files.length
}

/** A bucket with something in it cannot be deleted. */
export async function empty({ s3 }: Cloud, bucket: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket }, { abortSignal: signal })
    if (Contents.length === 0) return
    const Objects = Contents.map(({ Key }) => ({ Key }))
    await s3.deleteObjects({ Bucket: bucket, Delete: { Objects, Quiet: true } }, { abortSignal: signal })
  }
}
