/** The edge's listeners: one port for the page, both APIs, stored files and the static folders, one for the management API. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Call } from './call.ts'
import { type HttpApi, httpForwarder } from './forward.ts'
import { type Listeners, listenOn } from './listen.ts'
import { answerMalformed } from './malformed.ts'
import { managementServer } from './management.ts'
import { Page, type PageSettings } from './page.ts'
import { refuse, reply } from './reply.ts'
import type { SocketRoutes } from './route.ts'
import { apiHeaders, apiPageHeaders, pageHeaders } from './security-headers.ts'
import { type SocketApi, Sockets } from './socket.ts'
import { isBelow, type StaticFolder, serveStatic } from './static.ts'
import { isStored, type StorageSettings, storageForwarder } from './storage.ts'
import { targetOf } from './target.ts'
import type { SocketLimits } from './viewer-socket.ts'

export type EdgeSettings = {
  /** The addresses to listen on. One that this machine does not have is left out, unless it has none of them. */
  hosts: readonly string[]
  /** 0 takes any free one, the same on each address. */
  port: number
  /** The port of the management API, on 127.0.0.1 only. 0 takes any free one. */
  managementPort: number
  /** What the path of every request to the management API begins with. */
  secret: string
  httpApi: HttpApi
  socketRoutes: SocketRoutes
  staticFolders: StaticFolder[]
  page: PageSettings | undefined
  /** Where uploads and stored files are; undefined when there is none. */
  storage: StorageSettings | undefined
  /** Another port, for stored files alone: GoChat's second page asks for them there. Undefined for none. */
  mediaPort: number | undefined
  farewell: SocketApi['farewell']
  limits: SocketLimits & { maxBodyBytes: number }
}

export type Edge = {
  port: number
  managementPort: number
  /** Undefined where there is none, or it was taken. */
  mediaPort: number | undefined
  /**
   * Stops accepting, sends WebSockets the farewell and closes them with 1001, lets requests under way finish, and closes
   * the remaining connections after 1.5 s.
   * Safe to call twice.
   */
  stop(): Promise<void>
}

/** Longer than clients keep an idle connection, so that they seldom send into one that is just closing. */
const keepAliveMs = 65_000
/** How late a slow request is noticed. */
const maxCheckMs = 1_000
/** Where the WebSocket API takes upgrades. */
const webSocketPath = '/api/ws'
/** Far more than the gateway's 10 KB: on `localhost` a browser sends the cookies of every program that runs there. */
const maxHeaderBytes = 256 * 1024

/** Listens on every address. @throws Error in one sentence - when the port is taken on one or may not be had. */
export async function startEdge(settings: EdgeSettings, call: Call): Promise<Edge> {
  const { staticFolders, page, farewell, limits } = settings
  const forward = httpForwarder({ api: settings.httpApi, call, ...limits })
  const sockets = new Sockets({ routes: settings.socketRoutes, call, limits, farewell })
  const store = settings.storage && storageForwarder(settings.storage, settings.httpApi.cors)
  const handle = requestHandler({ staticFolders, page: page && new Page(page), store, forward })
  const create = () => viewerServer(handle, sockets, settings)
  const listeners = await listenOn(settings.hosts, settings.port, 'custom.edge.port', create)
  const management = await listenOn(['127.0.0.1'], settings.managementPort, 'custom.edge.managementPort', () =>
    managementServer(sockets, settings.secret, limits.maxMessageBytes),
  ).catch(async (error) => {
    await listeners.close()
    throw error
  })

  const media = store && (await listenForMedia(settings, () => viewerServer(mediaHandler(store), sockets, settings)))
  let stopped: Promise<void> | undefined
  return {
    port: listeners.port,
    managementPort: management.port,
    mediaPort: media?.port,
    stop: () => {
      stopped ??= Promise.all([listeners.close(), media?.close(), management.close(), sockets.close()]).then(() => {})
      return stopped
    },
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A port that is taken is told, and done without: only the second page needs it. */
async function listenForMedia(
  { hosts, mediaPort }: EdgeSettings,
  create: () => Server,
): Promise<Listeners | undefined> {
  if (mediaPort === undefined) return undefined
  return await listenOn(hosts, mediaPort, 'custom.edge.mediaPort', create).catch((error: Error) => {
    console.warn(error.message)
    return undefined
  })
}

/** Answers for stored files, and for nothing else. */
function mediaHandler(store: Handler): Handler {
  return (request, response) => {
    if (isStored(targetOf(request).path)) store(request, response)
    else {
      response.setHeaders(new Map(Object.entries(apiHeaders)))
      reply(response, 404)
    }
  }
}

interface Parts {
  staticFolders: readonly StaticFolder[]
  page: Page | undefined
  store: Handler | undefined
  forward: Handler
}

/** Chooses who answers a request: the edge itself, a static folder, the page, the storage or the HTTP API. */
function requestHandler({ staticFolders, page, store, forward }: Parts): Handler {
  return (request, response) => {
    const { path } = targetOf(request)
    const folder = staticFolders.find((candidate) => isBelow(candidate, path))
    const file = page?.fileOf(path)
    const headers = folder !== undefined ? apiPageHeaders : file !== undefined ? pageHeaders : apiHeaders
    response.setHeaders(new Map(Object.entries(headers)))
    // RFC 9112, section 3.2 demands a host. Node's own refusal has no body.
    if (request.headers.host === undefined && request.httpVersion === '1.1') reply(response, 400)
    // The WebSocket API takes upgrades only; RFC 9110, section 15.5.22 wants the protocol named.
    else if (path === webSocketPath) reply(response, 426, { upgrade: 'websocket', connection: 'Upgrade' })
    else if (store && isStored(path)) store(request, response)
    else if (folder !== undefined) serveStatic(folder, path, request, response)
    else if (file !== undefined) page?.serve(file, request, response)
    else forward(request, response)
  }
}

/** A server for viewers, on one address. Who sends slowly is answered 408, and cut off. */
function viewerServer(handle: Handler, sockets: Sockets, { limits, storage }: EdgeSettings): Server {
  const { patienceMs } = limits
  const server = createServer({
    keepAliveTimeout: keepAliveMs,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    connectionsCheckingInterval: Math.min(patienceMs / 10, maxCheckMs),
    maxHeaderSize: maxHeaderBytes,
    requireHostHeader: false,
    shouldUpgradeCallback: (request) =>
      targetOf(request).path === webSocketPath &&
      request.method === 'GET' &&
      /^websocket$/i.test(request.headers.upgrade ?? ''),
  })
  server.on('request', handle)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // The viewer need not send a body whose length alone refuses it.
    const { maxBodyBytes } = storage && isStored(targetOf(request).path) ? storage : limits
    if (Number(request.headers['content-length'] ?? 0) <= maxBodyBytes) response.writeContinue()
    handle(request, response)
  })
  server.on('checkExpectation', handle)
  server.on('upgrade', (request, stream, head) => {
    if (stream instanceof Socket) void sockets.accept(request, stream, head)
    else stream.destroy()
  })
  server.on('connect', (_request, stream) => refuse(stream, 405))
  answerMalformed(server)
  return server
}
