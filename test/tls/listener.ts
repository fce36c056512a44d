/** A server that a client must not talk to: it writes down what it hears. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'

export interface Listener {
  port: number
  /** What was said to it behind TLS. */
  heard: string[]
  stop(): void
}

/** Shows the certificate to everybody, and answers nothing. */
export async function listen({ certificate, key }: Certificate): Promise<Listener> {
  const heard: string[] = []
  const sockets = new Set<TLSSocket>()
  const server = createServer({ cert: certificate, key }, (socket) => {
    sockets.add(socket)
    socket.on('data', (data) => heard.push(data.toString('latin1')))
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
