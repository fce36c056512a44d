/** `/api/ws` for viewers: an upgrade is handed to the WebSocket API's own server, and what that answers comes back. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CloseCode, type FrameLimits } from './frame.ts'
import type { Servers } from './origin.ts'
import { refuse } from './reply.ts'
import { targetOf } from './target.ts'
import { openTunnel } from './tunnel.ts'
import { rewriteUpgradeHeaders } from './viewer.ts'

export type WebSocketOrigin = {
  url: URL
  servers: Servers
  limits: FrameLimits
  /** For the whole of `$connect`, its authorizer included. */
  timeoutMs: number
  originSecret: string | undefined
}

export type Upgrades = {
  accept(request: IncomingMessage, viewer: Socket, head: Buffer): void
  /** Closes every connection with 1001 and refuses the upgrades under way; all are gone within a second. */
  close(): void
}

/** What a client makes up for each upgrade, and what has to be said of it (RFC 6455, section 4.2). */
const keyForm = /^[+/0-9A-Za-z]{22}==$/
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Holds the viewers' WebSockets. The path of the request is dropped and its query kept: the API's stage is at `/`. */
export function webSocketUpgrades({ url, servers, limits, timeoutMs, originSecret }: WebSocketOrigin): Upgrades {
  const open = new Map<Socket, () => void>()

  function accept(request: IncomingMessage, viewer: Socket, head: Buffer): void {
    const key = request.headers['sec-websocket-key'] ?? ''
    if (!keyForm.test(key)) {
      refuse(viewer, 400)
      return
    }
    const deadline = setTimeout(() => refuse(viewer, 504), timeoutMs)
    const tunnel = openTunnel(viewer, acceptance(key), limits, (status) => {
      clearTimeout(deadline)
      if (status === 101) open.set(viewer, () => tunnel.close(CloseCode.goingAway, 'Going away'))
      else refuse(viewer, status)
    })
    open.set(viewer, () => refuse(viewer, 503))
    viewer.once('close', () => {
      clearTimeout(deadline)
      open.delete(viewer)
    })

    if (head.length > 0) viewer.unshift(head)
    rewriteUpgradeHeaders(request, url.host, originSecret)
    request.url = `/?${targetOf(request).query}`
    const isTaken = servers.at(url)?.emit('upgrade', request, tunnel.socket, Buffer.alloc(0))
    if (!isTaken) refuse(viewer, 503)
  }

  return {
    accept,
    close: () => {
      for (const closeOne of open.values()) closeOne()
    },
  }
}

/** The whole of the answer that opens the socket: the gateway agrees to no protocol and no extension. */
function acceptance(key: string): Buffer {
  const accept = createHash('sha1')
    .update(key + keySuffix)
    .digest('base64')
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  return Buffer.from([...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'))
}
