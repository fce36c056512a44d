/**
 * The management API of the WebSocket API: posts to connections, describes them and closes them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { readWhole } from './forward.ts'
import { guarded } from './guard.ts'
import { reply } from './reply.ts'
import type { Sockets } from './socket.ts'

const keepAliveMs = 65_000

/** The path of a connection, with or without the at sign encoded. */
const path = /^\/(?:@|%40)connections\/([^/?]+)$/i

/** Serves it, without checking signatures, to those who know the secret: it stands where the stage's name does on AWS. */
export function managementServer(sockets: Sockets, secret: string, maxMessageBytes: number): Server {
  const handle: RequestListener = (request, response) => {
    const connectionId = decode(path.exec(request.url ?? '')?.[1])
    if (connectionId === undefined) reply(response, 404)
    else if (request.method === 'POST') {
      readWhole(request, maxMessageBytes, (text) => {
        if (text === undefined) refuse(response, 413, 'PayloadTooLargeException')
        else answer(response, sockets.post(connectionId, text))
      })
    } else if (request.method === 'DELETE') {
      if (sockets.disconnect(connectionId)) response.writeHead(204).end()
      else answer(response, 'gone')
    } else if (request.method === 'GET') {
      const described = sockets.describe(connectionId)
      if (described === undefined) answer(response, 'gone')
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(described))
    } else reply(response, 405, { allow: 'DELETE, GET, POST' })
  }
  return createServer({ keepAliveTimeout: keepAliveMs }, guarded(secret, handle))
}

function answer(response: ServerResponse, posted: ReturnType<Sockets['post']>): void {
  if (posted === 'sent') response.end()
  else if (posted === 'gone') refuse(response, 410, 'GoneException')
  else refuse(response, 429, 'LimitExceededException')
}

function refuse(response: ServerResponse, status: number, name: string): void {
  reply(response, status, { 'x-amzn-errortype': name })
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
