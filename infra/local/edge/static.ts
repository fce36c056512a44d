/** The folders that a bucket serves when deployed. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import send from 'send'
import { reply } from './reply.ts'

/** A path such as `/swagger`, and the folder with its files. */
export type StaticFolder = { prefix: string; folder: string }

/** Whether the path is the folder's own or lies below it. */
export function isBelow({ prefix }: StaticFolder, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

/** Answers with the file, a redirect from the folder to its index.html, or 404. Nothing outside the folder is readable. */
export function serveStatic(
  { prefix, folder }: StaticFolder,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const name = path.slice(prefix.length)
  if (request.method !== 'GET' && request.method !== 'HEAD') reply(response, 405, { allow: 'GET, HEAD' })
  else if (name === '' || name === '/') {
    response.writeHead(302, { location: `${prefix}/index.html`, 'content-length': 0 }).end()
  } else {
    const notFound = () => reply(response, 404)
    response.setHeader('cache-control', 'no-cache')
    send(request, name, { root: folder, index: false, acceptRanges: false })
      .on('directory', notFound)
      .on('error', notFound)
      .pipe(response)
  }
}
