/** What the bucket behind the edge serves: the API page, and a web client if one is given. */
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

/** Copies a folder into the bucket, under a prefix such as `swagger/`. Returns how many files it has. */
export async function upload(
  { s3 }: Cloud,
  bucket: string,
  folder: string,
  prefix: string,
  signal: AbortSignal,
): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const file of files) {
    const name = relative(folder, file).split(sep).join('/')
    const object = {
      Bucket: bucket,
      Key: `${prefix}${name}`,
      Body: await readFile(file),
      ContentType: contentTypes[extname(file)] ?? 'application/octet-stream',
      // So the edge has what is new within a minute, and nothing has to be called back from it.
      CacheControl: 'public, max-age=60',
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
