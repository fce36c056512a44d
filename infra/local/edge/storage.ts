/**
 * Uploads and downloads, which the edge passes to the bucket past the functions: path and query as they came, since both are
 * signed, and the bucket's own host. Where deployed, CloudFront does the same (infra/resources/edge.yml).
 */
import { Agent, type IncomingMessage, request as overHttp, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { presigned } from '../../client/presigned.ts'
import { type Cors, corsHeaders, isPreflight } from './cors.ts'
import { reply } from './reply.ts'
import { fileHeaders } from './security-headers.ts'
import { targetOf } from './target.ts'

export type StorageSettings = {
  /** Of an S3 API over HTTP, with an access key and its secret as user and password. */
  endpoint: URL
  bucket: string
  /** Of uploads. */
  maxBodyBytes: number
  /** Until the storage begins to answer. */
  timeoutMs: number
  /** For a whole transfer to a viewer. */
  transferMs: number
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Longer ones are refused. infra/edge/viewer-request.js says the same where deployed. */
export const maxUploadBytes = 100 * 1024 * 1024

const uploads = '/incoming/'
/** Readable without a signature. */
const open = '/user-avatars/'
const folders = [uploads, open, '/chat-files/', '/temp-files/']

/** No empty part, and none that begins with a dot: servers would read `..` in different ways. */
const key = /^(\/[\w-][\w.-]*)+$/

/** What the storage is told of a request, and a viewer of its answer. Of other headers the storage may ask a signature. */
const askedToWrite = ['content-length', 'content-type']
const askedToRead = ['if-modified-since', 'if-none-match', 'if-range', 'range']
const answered = [
  ...['accept-ranges', 'cache-control', 'content-disposition', 'content-encoding', 'content-length', 'content-range'],
  ...['content-type', 'etag', 'last-modified'],
]

/** Whether the path is that of an upload or a stored file. */
export const isStored = (path: string): boolean => folders.some((folder) => path.startsWith(folder))

/**
 * Answers preflights as the API does, and passes the rest on. The viewer gets 404 for what can be no key, 405 for methods that
 * the path does not have, 411 for an upload without a length and 413 for one that is too long, 503 when the storage does not
 * answer.
 */
export function storageForwarder({ endpoint, bucket, ...limits }: StorageSettings, cors: Cors | undefined): Handler {
  // Closes an idle connection before the storage does.
  const agent = new Agent({ keepAlive: true, timeout: 4_000 })
  const host = `${bucket}.${endpoint.host}`
  const credentials = { key: decodeURIComponent(endpoint.username), secret: decodeURIComponent(endpoint.password) }

  function forward(request: IncomingMessage, method: Method, response: ServerResponse): void {
    const { path, query } = targetOf(request)
    const whole = query === '' ? path : `${path}?${query}`
    const passing = overHttp({
      agent,
      host: endpoint.hostname,
      port: endpoint.port,
      method,
      // A viewer's own query must not be signed here: it may ask for other things than the file.
      path: path.startsWith(open) ? presigned({ method, host, path, credentials }) : whole,
      headers:
        method === 'PUT'
          ? { ...chosen(request.headers, askedToWrite), host, expect: '100-continue' }
          : { ...chosen(request.headers, askedToRead), host },
      timeout: limits.timeoutMs,
    })
    const cut = setTimeout(() => passing.destroy(new Error('The transfer takes too long.')), limits.transferMs)
    passing.on('close', () => clearTimeout(cut))
    passing.on('timeout', () => passing.destroy(new Error('The storage does not answer.')))
    // Once there is an answer, that alone says how it ends.
    passing.on('error', () => {
      if (!response.headersSent) reply(response, 503)
    })
    passing.on('response', (answer) => {
      passing.setTimeout(0)
      response.writeHead(answer.statusCode ?? 502, chosen(answer.headers, answered))
      pipeline(answer, response, () => {
        if (!passing.writableEnded) passing.destroy()
      })
    })
    response.on('close', () => {
      if (!response.writableFinished) passing.destroy()
    })
    if (method === 'PUT') {
      // A storage that refuses may do so before the body comes. S3Proxy sometimes asks for it first: where it then closes the
      // connection while the body is still written, its answer is lost, and the viewer gets 503.
      passing.on('continue', () => request.pipe(passing))
      passing.flushHeaders()
    } else passing.end()
  }

  return (request, response) => {
    const { path } = targetOf(request)
    const { headers } = request
    const methods: readonly Method[] = path.startsWith(uploads) ? ['PUT'] : ['GET', 'HEAD']
    const method = methods.find((one) => one === request.method)
    const bytes = headers['content-length']
    response.setHeaders(new Map(Object.entries({ ...fileHeaders, ...corsHeaders(cors ?? {}, request) })))
    if (cors && isPreflight(request)) response.writeHead(204).end()
    else if (method === undefined) reply(response, 405, { allow: methods.join(', ') })
    else if (method === 'PUT' && bytes === undefined) reply(response, 411)
    else if (method === 'PUT' && Number(bytes) > limits.maxBodyBytes) reply(response, 413)
    else if (!key.test(path)) reply(response, 404)
    else forward(request, method, response)
  }
}

type Method = 'GET' | 'HEAD' | 'PUT'

/** Those that are there. */
function chosen(headers: IncomingMessage['headers'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}
