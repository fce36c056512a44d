/** `/api/ws` for viewers: an upgrade is handed to the WebSocket API's own server, and what that answers comes back. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CloseCode, type FrameLimits } from './frame.ts'
import type { Servers } from './origin.ts'
import { refuseUpgrade } from './reply.ts'
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

/** Holds the viewers' WebSockets. The path of the request is dropped and its query kept: the API's stage is at `/`. */
export function webSocketUpgrades({ url, servers, limits, timeoutMs, originSecret }: WebSocketOrigin): Upgrades {
  const open = new Map<Socket, () => void>()

  function accept(request: IncomingMessage, viewer: Socket, head: Buffer): void {
    const deadline = setTimeout(() => refuseUpgrade(viewer, 504), timeoutMs)
    const tunnel = openTunnel(viewer, limits, (status) => {
      clearTimeout(deadline)
      if (status === 101) open.set(viewer, () => tunnel.close(CloseCode.goingAway, 'Going away'))
      else refuseUpgrade(viewer, status)
    })
    open.set(viewer, () => refuseUpgrade(viewer, 503))
    viewer.once('close', () => {
      clearTimeout(deadline)
      open.delete(viewer)
    })

    if (head.length > 0) viewer.unshift(head)
    rewriteUpgradeHeaders(request, url.host, originSecret)
    request.url = `/${(request.url ?? '').replace(/^[^?]*/, '')}`
    const isTaken = servers.at(url)?.emit('upgrade', request, tunnel.socket, Buffer.alloc(0))
    if (!isTaken) refuseUpgrade(viewer, 503)
  }

  return {
    accept,
    close: () => {
      for (const closeOne of open.values()) closeOne()
    },
  }
}
