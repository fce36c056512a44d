/**
 * The page, as a bucket serves it when deployed: its index.html for the paths of its views, and its files. Beside its folder may
 * lie the same files compressed, in folders with an encoding for an ending, such as `app.br`.
 */
import { existsSync, readdirSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { relative } from 'node:path'
import Negotiator from 'negotiator'
import send from 'send'
import { reply } from './reply.ts'

/** Where the page lies, and how the paths of its views begin, beside `/` itself. */
export type PageSettings = { folder: string; views: readonly string[] }

/** The smallest first. */
const encodings = ['br', 'gzip']

/** Names of what lies here change with the content. */
const lasting = 'assets/'
const year = 'public, max-age=31536000, immutable'

export class Page {
  readonly #folder: string
  readonly #views: ReadonlySet<string>
  readonly #entries: ReadonlySet<string>

  /** Without a folder there are no files, and its views are not found. */
  constructor({ folder, views }: PageSettings) {
    this.#folder = folder
    this.#views = new Set(views)
    this.#entries = new Set(existsSync(folder) ? readdirSync(folder) : [])
  }

  /** The file that answers the path, if the path is the page's. The file may be missing. */
  fileOf(path: string): string | undefined {
    const [before, first = ''] = path.split('/', 2)
    if (before !== '') return undefined
    if (path === '/' || this.#views.has(first)) return '/index.html'
    return this.#entries.has(first) ? path : undefined
  }

  /** Answers with the file, compressed if the viewer takes that, or 404. Nothing outside the folder is readable. */
  serve(file: string, request: IncomingMessage, response: ServerResponse): void {
    const taken = new Negotiator(request).encodings(encodings)
    const tried = encodings.filter((encoding) => taken.includes(encoding))
    if (request.method === 'GET' || request.method === 'HEAD') this.#send(file, tried, request, response)
    else reply(response, 405, { allow: 'GET, HEAD' })
  }

  /** Tries one encoding after the other, then the file as it is. */
  #send(file: string, [encoding, ...others]: string[], request: IncomingMessage, response: ServerResponse): void {
    const root = encoding === undefined ? this.#folder : `${this.#folder}.${encoding}`
    send(request, file, { root, index: false, acceptRanges: false, cacheControl: false })
      .on('headers', (_response: ServerResponse, path: string) => {
        response.setHeader('cache-control', relative(root, path).startsWith(lasting) ? year : 'no-cache')
        response.setHeader('vary', 'Accept-Encoding')
        if (encoding !== undefined) response.setHeader('content-encoding', encoding)
      })
      .on('directory', () => reply(response, 404))
      .on('error', ({ status }: { status: number }) => {
        if (status === 404 && encoding !== undefined) this.#send(file, others, request, response)
        else {
          // Of a file whose condition did not hold.
          if (!response.headersSent) response.removeHeader('content-encoding')
          reply(response, status === 412 ? 412 : 404)
        }
      })
      .pipe(response)
  }
}
