/** A TCP proxy that loses connections without a word: they stay open and carry nothing, as after a network forgot them. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface SilentProxy {
  readonly port: number
  /** Loses all connections that are open now. New ones are fine. */
  forget(): void
  /** From now on nothing comes back on the connections that are open now, though what is sent arrives. */
  loseAnswers(): void
  /** Connections so far. */
  opened(): number
  close(): void
}

export interface Upstream {
  host: string
  port: number
  /** How this server writes its own port into answers, so that clients find the proxy again. */
  nameOf?: (port: number) => Buffer
}

export async function openSilentProxy({ host, port, nameOf }: Upstream): Promise<SilentProxy> {
  const pairs: { client: Socket; server: Socket }[] = []
  const proxy = createServer((client) => {
    const server = connect(port, host)
    for (const socket of [client, server]) socket.on('error', () => undefined).setNoDelay(true)
    client.pipe(server)
    server.on('data', (chunk) => client.write(nameOf ? renamed(chunk, nameOf(port), nameOf(own())) : chunk))
    server.on('end', () => client.end())
    server.on('close', () => client.destroy())
    client.on('close', () => server.destroy())
    pairs.push({ client, server })
  })
  const own = (): number => (proxy.address() as AddressInfo).port
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  return {
    port: own(),
    forget() {
      for (const { client, server } of pairs) {
        client.unpipe()
        client.pause()
        server.pause()
      }
    },
    loseAnswers() {
      for (const { server } of pairs) server.pause()
    },
    opened: () => pairs.length,
    close() {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      proxy.close()
    },
  }
}

function renamed(chunk: Buffer, from: Buffer, to: Buffer): Buffer {
  const parts: Buffer[] = []
  let rest = chunk
  for (let at = rest.indexOf(from); at !== -1; at = rest.indexOf(from)) {
    parts.push(rest.subarray(0, at), to)
    rest = rest.subarray(at + from.length)
  }
  return Buffer.concat([...parts, rest])
}
