/** A TCP proxy that can look at what passes, hold it back, and cut. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Pair {
  client: Socket
  server: Socket
}

/** Returns what to pass on: the chunk, something in its place, or nothing. */
export type Look = (chunk: Buffer) => Buffer | undefined

export interface TcpProxy {
  readonly port: number
  /** Refuses connections from now on, as a port where nobody listens, and ends those that are open. */
  shut(): Promise<void>
  open(): Promise<void>
  stop(): Promise<void>
}

/** Ends both sides. @returns nothing that could be passed on. */
export function cut({ client, server }: Pair): undefined {
  client.destroy()
  server.destroy()
}

/** Listens on a free port of loopback, in front of `upstreamPort`. */
export async function openTcpProxy(
  upstreamPort: number,
  looks: (pair: Pair) => { fromClient: Look; fromServer: Look },
): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let port = 0
  let server: Server | undefined

  function accept(client: Socket): void {
    const upstream = connect(upstreamPort, '127.0.0.1')
    const pair: Pair = { client, server: upstream }
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
        to.destroy()
        pairs.delete(pair)
      })
    }
    carry(client, upstream, fromClient)
    carry(upstream, client, fromServer)
  }

  async function open(): Promise<void> {
    if (server) return
    const opened = createServer(accept)
    server = opened
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject)
      opened.listen(port, '127.0.0.1', resolve)
    })
    const address = opened.address()
    if (address !== null && typeof address === 'object') port = address.port
  }

  async function shut(): Promise<void> {
    const closing = server
    server = undefined
    if (!closing) return
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()))
    for (const pair of pairs) cut(pair)
    await closed
  }

  await open()
  return {
    get port() {
      return port
    },
    shut,
    open,
    stop: shut,
  }
}
