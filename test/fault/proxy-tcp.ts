/** A TCP proxy that can inspect and change what passes, and cut connections. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Pair {
  client: Socket
  server: Socket
}

/** Returns the chunk to pass on, another in its place, or nothing. */
export type Look = (chunk: Buffer) => Buffer | undefined

export interface TcpProxy {
  readonly port: number
  /** Stops listening, and cuts all open connections. */
  shut(): Promise<void>
  open(): Promise<void>
  stop(): Promise<void>
}

/** Destroys both sides. Returns undefined, so that a `Look` can end with it. */
export function cut({ client, server }: Pair): undefined {
  client.destroy()
  server.destroy()
}

/** Listens on a free loopback port, in front of `upstreamPort`. */
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
