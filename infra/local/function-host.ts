/**
 * Plays Lambda's runtime for one function, in a process of its own, which a test can kill without killing the gateway.
 *
 *     node infra/local/function-host.ts --name gochat-local-streamPersist --code .build/persist.mjs --port 3010 --timeout 60
 *
 * It imports the built code once, as a warm environment does, and serves the Invoke API to those who know the secret in
 * EDGE_SECRET. Unlike Lambda, one process takes several invocations at a time. It prints `ready` once it listens, and ends
 * when its standard input does.
 */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { invokeServer } from './edge/invoke-api.ts'

type Context = { awsRequestId: string; functionName: string; getRemainingTimeInMillis(): number }
type Handler = (event: unknown, context: Context) => Promise<unknown>

const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    code: { type: 'string' },
    port: { type: 'string' },
    timeout: { type: 'string', default: '6' },
  },
})
const { name = '', code = '' } = values
const timeoutMs = Number(values.timeout) * 1_000

const handler = await load()
const secret = process.env.EDGE_SECRET
if (!secret) throw new Error('EDGE_SECRET is not set')
const server = invokeServer(secret, (called, event) => (called === name ? invoke(event) : undefined))
server.listen(Number(values.port), '127.0.0.1', () => console.log('ready'))
// The parent may be killed without a chance to end this process.
process.stdin.on('end', () => process.exit(0)).resume()

async function load(): Promise<Handler> {
  const { handler }: { handler?: Handler } = await import(pathToFileURL(resolve(code)).href)
  if (typeof handler !== 'function') throw new Error(`${code} exports no handler`)
  return handler
}

async function invoke(event: unknown): Promise<unknown> {
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
    return await Promise.race([handler(event, context), timeout])
  } finally {
    clearTimeout(timer)
  }
}
