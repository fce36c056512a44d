/** The edge's listeners: one port for the HTTP API, the WebSocket API and the static folders. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { type HttpApi, httpForwarder, ViewerResponse } from './forward.ts'
import type { FrameLimits } from './frame.ts'
import { listenOn } from './listen.ts'
import { answerMalformed } from './malformed.ts'
import type { Servers } from './origin.ts'
import { refuse, reply } from './reply.ts'
import { isBelow, type StaticFolder, serveStatic } from './static.ts'
import { targetOf } from './target.ts'
import { webSocketUpgrades } from './upgrade.ts'

export type EdgeSettings = {
  /** The addresses to listen on. One that this machine does not have is left out, unless it has none of them. */
  hosts: readonly string[]
  /** 0 takes any free one, the same on each address. */
  port: number
  httpApi: HttpApi
  /** Where the WebSocket API listens, in this process. */
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

/** Longer than clients keep an idle connection, so that they seldom send into one that is just closing. */
const keepAliveMs = 65_000
/** Far more than the gateway's 10 KB: on `localhost` a browser sends the cookies of every program that runs there. */
const maxHeaderBytes = 256 * 1024

/** Listens on every address. @throws Error in one sentence - when the port is taken on one or may not be had. */
export async function startEdge(settings: EdgeSettings, servers: Servers): Promise<Edge> {
  const { webSocketPath, originSecret, staticFolders, limits } = settings
  const { timeoutMs } = limits
  const forward = httpForwarder({ api: settings.httpApi, servers, originSecret, ...limits })
  const sockets = webSocketUpgrades({ url: settings.webSocketApi, servers, limits, timeoutMs, originSecret })

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { path } = targetOf(request)
    const folder = staticFolders.find((candidate) => isBelow(candidate, path))
    // RFC 9112, section 3.2: a request says for whom it is. Node's own refusal has no body.
    if (request.headers.host === undefined && request.httpVersion === '1.1') reply(response, 400)
    // The WebSocket API takes upgrades only; RFC 9110, section 15.5.22 wants the protocol named.
    else if (path === webSocketPath) reply(response, 426, { upgrade: 'websocket', connection: 'Upgrade' })
    else if (folder !== undefined) void serveStatic(folder, path, request, response)
    else forward(request, response)
  }

  function create(): Server {
    const server = createServer({
      ServerResponse: ViewerResponse,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
      requireHostHeader: false,
      shouldUpgradeCallback: (request) =>
        targetOf(request).path === webSocketPath &&
        request.method === 'GET' &&
        /^websocket$/i.test(request.headers.upgrade ?? ''),
    })
    server.on('request', handle)
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // A body that is refused by its length alone need not be sent.
      if (Number(request.headers['content-length'] ?? 0) <= limits.maxBodyBytes) response.writeContinue()
      handle(request, response)
    })
    server.on('checkExpectation', handle)
    server.on('upgrade', (request, stream, head) => {
      if (stream instanceof Socket) sockets.accept(request, stream, head)
      else stream.destroy()
    })
    server.on('connect', (_request, stream) => refuse(stream, 405))
    answerMalformed(server)
    return server
  }

  const listeners = await listenOn(settings.hosts, settings.port, create)

  let stopped: Promise<void> | undefined
  return {
    port: listeners.port,
    stop: () => {
      stopped ??= listeners.close()
      sockets.close()
      return stopped
    },
  }
}
