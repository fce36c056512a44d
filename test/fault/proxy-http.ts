/** An HTTP proxy that can answer in place of the upstream server, or delay its answers. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

export interface Passed {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export interface HttpProxy {
  readonly port: number
  /**
   * Sets the rule for all requests from now on: `pass` forwards the request, and undefined closes the connection without
   * an answer. Without a rule everything passes.
   */
  rule(decide: ((url: string, pass: () => Promise<Passed>) => Promise<Passed | undefined>) | undefined): void
  stop(): Promise<void>
}

/** Listens on a free loopback port, and asks `upstream` for the target port at each request. */
export async function openHttpProxy(upstream: (url: string) => number): Promise<HttpProxy> {
  const agent = new Agent({ keepAlive: true, timeout: 4_000 })
  let decide: Parameters<HttpProxy['rule']>[0]

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming)
    const pass = (): Promise<Passed> => forward(upstream(incoming.url ?? ''), incoming, body, agent)
    const passed = decide ? await decide(incoming.url ?? '', pass) : await pass()
    if (!passed) incoming.socket.destroy()
    else response.writeHead(passed.status, passed.headers).end(passed.body)
  }

  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    rule(next) {
      decide = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        agent.destroy()
      }),
  }
}

// Rejects when the upstream server cannot be reached or breaks off; the client's connection is then closed, too.
function forward(port: number, incoming: IncomingMessage, body: Buffer, agent: Agent): Promise<Passed> {
  const { host: _host, connection: _connection, ...headers } = incoming.headers
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { agent, host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        const type = answer.headers['content-type']
        const error = answer.headers['x-amz-function-error']
        const kept = {
          ...(type && { 'content-type': type }),
          ...(typeof error === 'string' && { 'x-amz-function-error': error }),
        }
        bytesOf(answer).then((text) => resolve({ status: answer.statusCode ?? 502, headers: kept, body: text }), reject)
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}
