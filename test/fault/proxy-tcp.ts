/** A TCP proxy that can inspect and change what passes, cut connections, and let them fall silent. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net'
import { promisify } from 'node:util'

export interface Pair {
  client: Socket
  server: Socket
  /** The client's side stays open, and what comes on it is lost. */
  isSilent: boolean
}

/** Returns the chunk to pass on, another in its place, or nothing. */
export type Look = (chunk: Buffer) => Buffer | undefined

export interface TcpProxy {
  readonly port: number
  /** Lets all open connections fall silent: they stay open, and what comes on them is lost. New ones are served. */
  silence(): void
  /** Lets all open connections fall silent, and serves only new ones to the other of its addresses. @returns that one. */
  move(): string
  /** Cuts those that have fallen silent. */
  cutSilent(): void
  /** Stops listening, and cuts all open connections. */
  shut(): Promise<void>
  open(): Promise<void>
}

export const homeAddress = '127.0.0.1'
// All of 127.0.0.0/8 is loopback on Linux, but not on macOS.
const otherAddress = process.platform === 'linux' ? '127.0.0.2' : '::1'

/** Destroys both sides. Returns undefined, so that a `Look` can end with it. */
export function cut({ client, server }: Pair): undefined {
  client.destroy()
  server.destroy()
}

/** Listens on one port of two loopback addresses, in front of `upstreamPort`; serves the first until it moves. */
export async function openTcpProxy(
  upstreamPort: number,
  looks: (pair: Pair) => { fromClient: Look; fromServer: Look },
): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let port = 0
  let address = homeAddress
  let servers: Server[] = []

  function accept(client: Socket): void {
    const isServed = client.localAddress === address
    const upstream = isServed ? connect(upstreamPort, '127.0.0.1') : new Socket().destroy()
    const pair: Pair = { client, server: upstream, isSilent: !isServed }
    const { fromClient, fromServer } = looks(pair)
    pairs.add(pair)
    const carry = (from: Socket, to: Socket, look: Look): void => {
      from.setNoDelay(true)
      from.on('data', (chunk: Buffer) => {
        const passed = look(chunk)
        if (passed && passed.length > 0 && !to.destroyed && !to.write(passed)) from.pause()
      })
      from.on('drain', () => to.resume())
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        if (pair.isSilent && from === upstream) return
        to.destroy()
        pairs.delete(pair)
      })
    }
    carry(client, upstream, fromClient)
    carry(upstream, client, fromServer)
  }

  async function open(): Promise<void> {
    if (servers.length > 0) return
    for (const host of [homeAddress, otherAddress]) {
      const server = createServer(accept).listen(port, host)
      servers.push(server)
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    }
  }

  async function shut(): Promise<void> {
    const closing = servers.map(async (server) => await promisify(server.close.bind(server))())
    servers = []
    for (const pair of pairs) cut(pair)
    await Promise.all(closing)
  }

  function silence(): void {
    for (const pair of pairs) {
      pair.isSilent = true
      pair.server.destroy()
      pair.client.resume()
    }
  }

  await open()
  return {
    get port() {
      return port
    },
    silence,
    cutSilent() {
      for (const pair of pairs) if (pair.isSilent) cut(pair)
    },
    move() {
      silence()
      address = address === homeAddress ? otherAddress : homeAddress
      return address
    },
    shut,
    open,
  }
}
