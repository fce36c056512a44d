/** The folders that a bucket serves when deployed. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { reply } from './reply.ts'

/** A path such as `/swagger`, and the folders in which its files are looked for, the first that has one wins. */
export type StaticFolder = { prefix: string; folders: string[] }

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
  '.yaml': 'application/yaml; charset=utf-8',
  '.yml': 'application/yaml; charset=utf-8',
}

/** Whether the path is the folder's own or lies below it. */
export function isBelow({ prefix }: StaticFolder, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

/** Answers with the file, a redirect from the folder to its index.html, or 404. Nothing outside the folders is readable. */
export async function serveStatic(
  { prefix, folders }: StaticFolder,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, { allow: 'GET, HEAD' })
  const name = path.slice(prefix.length)
  if (name === '' || name === '/') {
    response.writeHead(302, { location: `${prefix}/index.html`, 'content-length': 0 }).end()
    return
  }

  const file = await findFile(folders, name)
  if (file === undefined) return reply(response, 404)
  response.writeHead(200, {
    'content-type': contentTypes[extname(file.path)] ?? 'application/octet-stream',
    'content-length': file.bytes,
    'cache-control': 'no-cache',
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  // A viewer that goes away, or a file that does, ends the response; there is nobody left to tell.
  await pipeline(createReadStream(file.path), response).catch(() => response.destroy())
}

async function findFile(folders: string[], name: string): Promise<{ path: string; bytes: number } | undefined> {
  const inside = decode(name)
  if (inside === undefined) return undefined
  for (const folder of folders) {
    const path = join(folder, inside)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile()) return { path, bytes: found.size }
  }
  return undefined
}

/** The decoded name, unless it is malformed or would lead out of the folder. */
function decode(name: string): string | undefined {
  try {
    const decoded = decodeURIComponent(name)
    const isOutside = decoded.split(/[\\/]/).includes('..')
    return isOutside ? undefined : normalize(decoded).replaceAll('\\', sep)
  } catch {
    return undefined
  }
}
