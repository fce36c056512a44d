/** The edge's listener: one port for the HTTP API, the WebSocket API and the static folders. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { httpForwarder, ViewerResponse } from './forward.ts'
import type { FrameLimits } from './frame.ts'
import type { Servers } from './origin.ts'
import { reply } from './reply.ts'
import { isBelow, type StaticFolder, serveStatic } from './static.ts'
import { webSocketUpgrades } from './upgrade.ts'

export type EdgeSettings = {
  host: string
  /** 0 takes any free one. */
  port: number
  /** Where the two APIs listen, in this process. */
  httpApi: URL
  webSocketApi: URL
  webSocketPath: string
  originSecret: string | undefined
  staticFolders: StaticFolder[]
  limits: FrameLimits & { maxBodyBytes: number; timeoutMs: number }
}

export type Edge = {
  port: number
  /**
   * Stops accepting, closes WebSockets with 1001, lets requests under way finish, and cuts what is left after 1.5 s.
   * Safe to call twice.
   */
  stop(): Promise<void>
}

const stopMs = 1500
/** Longer than clients keep an idle connection, so that they seldom send into one that is just closing. */
const keepAliveMs = 65_000
const idleSweepMs = 50

/** Listens. @throws Error in one sentence - when the port is taken or may not be had. */
export async function startEdge(settings: EdgeSettings, servers: Servers): Promise<Edge> {
  const { host, port, webSocketPath, originSecret, staticFolders, limits } = settings
  const { timeoutMs } = limits
  const forward = httpForwarder({ url: settings.httpApi, servers, originSecret, ...limits })
  const sockets = webSocketUpgrades({ url: settings.webSocketApi, servers, limits, timeoutMs, originSecret })

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request)
    const folder = staticFolders.find((candidate) => isBelow(candidate, path))
    // The WebSocket API takes upgrades only; RFC 9110, section 15.5.22 wants the protocol named.
    if (path === webSocketPath) reply(response, 426, { upgrade: 'websocket', connection: 'Upgrade' })
    else if (folder !== undefined) void serveStatic(folder, path, request, response)
    else forward(request, response)
  }

  const server = createServer({
    ServerResponse: ViewerResponse,
    keepAliveTimeout: keepAliveMs,
    shouldUpgradeCallback: (request) =>
      pathOf(request) === webSocketPath &&
      request.method === 'GET' &&
      /^websocket$/i.test(request.headers.upgrade ?? ''),
  })
  server.on('request', handle)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // A body that is refused by its length alone need not be sent.
    if (Number(request.headers['content-length'] ?? 0) <= limits.maxBodyBytes) response.writeContinue()
    handle(request, response)
  })
  server.on('upgrade', (request, stream, head) => {
    if (stream instanceof Socket) sockets.accept(request, stream, head)
    else stream.destroy()
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusedPort(host, port, error)))
    server.listen(port, host, resolve)
  })

  let stopped: Promise<void> | undefined
  async function stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    sockets.close()
    // A connection whose last answer ends after `close()` would otherwise be kept alive.
    const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs)
    const cut = setTimeout(() => server.closeAllConnections(), stopMs)
    await closed
    clearInterval(sweep)
    clearTimeout(cut)
  }

  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/\?.*$/s, '')
}

function refusedPort(host: string, port: number, error: NodeJS.ErrnoException): Error {
  const remedy = 'Stop the other program, or choose another port in custom.edge.port.'
  if (error.code === 'EADDRINUSE') return new Error(`Port ${port} on ${host} is taken. ${remedy}`)
  return new Error(`The edge cannot listen on ${host}:${port} (${error.code ?? error.message}).`)
}
