/**
 * Plays Lambda's runtime for one function, in a process of its own, which a test can kill without killing the gateway.
 *
 *     node infra/local/function-host.ts --name gochat-local-streamPersist --code .build/persist.mjs --port 3010 --timeout 60
 *
 * It imports the built code once, as a warm environment does, and serves the Invoke API. Unlike Lambda, one process takes
 * several invocations at a time. It prints `ready` once it listens, and ends when its standard input does.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import { json } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

type Context = { awsRequestId: string; functionName: string; getRemainingTimeInMillis(): number }
type Handler = (event: unknown, context: Context) => Promise<unknown>

const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    code: { type: 'string' },
    port: { type: 'string' },
    timeout: { type: 'string', default: '6' },
    handler: { type: 'string', default: 'handler' },
  },
})
const { name = '', code = '', handler: exportName } = values
const timeoutMs = Number(values.timeout) * 1_000
const path = `/2015-03-31/functions/${name}/invocations`

const handler = await load()
const server = createServer((request, response) => {
  if (request.method !== 'POST' || request.url !== path)
    reply(response, 404, { Message: `no such function: ${request.url}` })
  else invoke(request, response).catch((error: unknown) => replyError(response, error))
})
server.listen(Number(values.port), '127.0.0.1', () => console.log('ready'))
// The parent may be killed without a chance to end this process.
process.stdin.on('end', () => process.exit(0)).resume()

async function load(): Promise<Handler> {
  const loaded: Record<string, unknown> = await import(pathToFileURL(resolve(code)).href)
  const found = loaded[exportName]
  if (typeof found !== 'function') throw new Error(`${code} exports no function called ${exportName}`)
  return (event, context) => found(event, context)
}

async function invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const event: unknown = await json(request)
  const deadline = Date.now() + timeoutMs
  const context = {
    awsRequestId: randomUUID(),
    functionName: name,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  }
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Task timed out after ${timeoutMs / 1_000} seconds`)), timeoutMs)
  })
  try {
    reply(response, 200, (await Promise.race([handler(event, context), timeout])) ?? null)
  } finally {
    clearTimeout(timer)
  }
}

/** An error of the handler is a 200, too, marked by the header. */
function replyError(response: ServerResponse, error: unknown): void {
  const { name: errorType, message: errorMessage } = error instanceof Error ? error : new Error(String(error))
  response.setHeader('X-Amz-Function-Error', 'Unhandled')
  reply(response, 200, { errorType, errorMessage })
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
