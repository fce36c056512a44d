/** The two APIs behind the edge: servers of this very process, found by the port on which they listen. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Server } from 'node:net'

export type Servers = {
  /** The server that listens on the address's port, whatever the host; undefined while nobody does. */
  at(address: URL): Server | undefined
  /** Watches no longer; those that it knows it goes on finding. */
  stop(): void
}

/** https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#event-tracingnetserverlistenasyncend */
const listening = 'tracing:net.server.listen:asyncEnd'

/** Watches the process. A server that listens already, before the call, is not found. */
export function watchServers(): Servers {
  const byPort = new Map<number, Server>()

  function remember(message: unknown): void {
    const server = typeof message === 'object' && message !== null && 'server' in message ? message.server : undefined
    const address = server instanceof Server ? server.address() : undefined
    if (!(server instanceof Server) || typeof address !== 'object' || address === null) return
    const { port } = address
    byPort.set(port, server)
    server.once('close', () => {
      if (byPort.get(port) === server) byPort.delete(port)
    })
  }

  subscribe(listening, remember)
  return {
    at(address) {
      const server = byPort.get(Number(address.port || 80))
      return server?.listening ? server : undefined
    },
    stop: () => unsubscribe(listening, remember),
  }
}
