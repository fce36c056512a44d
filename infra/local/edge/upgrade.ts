/** `/api/ws` for viewers: an upgrade goes to the WebSocket API, and what that answers comes back. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CloseCode, type FrameLimits } from './frame.ts'
import { refuseUpgrade } from './reply.ts'
import { openTunnel } from './tunnel.ts'
import { upgradeHeaders } from './viewer.ts'

export type WebSocketOrigin = {
  url: URL
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

/** Holds the viewers' WebSockets. The path of the request is dropped and its query kept: the API's stage is at `/`. */
export function webSocketUpgrades(origin: WebSocketOrigin): Upgrades {
  const open = new Map<Socket, () => void>()

  function accept(request: IncomingMessage, viewer: Socket, head: Buffer): void {
    const query = (request.url ?? '').replace(/^[^?]*/, '')
    const outgoing = httpRequest({
      host: origin.url.hostname.replace(/^\[|\]$/g, ''),
      port: origin.url.port,
      path: `/${query}`,
      headers: { Host: origin.url.host, ...upgradeHeaders(request, origin.originSecret) },
      agent: false,
    })
    const deadline = setTimeout(() => refuse(504), origin.timeoutMs)

    function refuse(status: number): void {
      refuseUpgrade(viewer, status)
      outgoing.destroy()
    }
    function abandon(): void {
      outgoing.destroy()
    }
    function forget(): void {
      clearTimeout(deadline)
      open.delete(viewer)
    }

    open.set(viewer, () => refuse(503))
    viewer.on('error', abandon)
    viewer.once('close', forget)
    outgoing.on('error', () => refuse(503))
    outgoing.on('response', (answer) => refuse(answer.statusCode ?? 502))
    outgoing.on('upgrade', (answer: IncomingMessage, socket: Socket, early: Buffer) => {
      clearTimeout(deadline)
      viewer.off('error', abandon)
      viewer.off('close', forget)
      if (head.length > 0) viewer.unshift(head)
      if (early.length > 0) socket.unshift(early)
      viewer.write(switchingProtocols(answer))
      const tunnel = openTunnel(viewer, socket, origin.limits, forget)
      open.set(viewer, () => tunnel.close(CloseCode.goingAway, 'Going away'))
      if (viewer.destroyed) socket.destroy()
    })
    outgoing.end()
  }

  return {
    accept,
    close: () => {
      for (const closeOne of open.values()) closeOne()
    },
  }
}

function switchingProtocols(answer: IncomingMessage): string {
  const lines = ['HTTP/1.1 101 Switching Protocols']
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
