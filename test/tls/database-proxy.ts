/**
 * Plays RDS Proxy in front of a real server: clients log in with a token over TLS (`mysql_clear_password`), and the proxy with a
 * certificate of its own behind it.
 *
 * Source: the MySQL internals manual, "Connection Phase".
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'

export interface DatabaseProxy {
  port: number
  /** What clients said for a password, as it came. */
  shown: string[]
  stop(): void
}

export interface ProxySetting {
  serverPort: number
  /** What clients are shown; without it there is no TLS. */
  certificate?: Certificate
  /** What the server is shown. */
  own: Certificate
  /** Why the token does not count for the user; undefined if it does. */
  faultOf(token: string, user: string): Promise<string | undefined>
}

const headerBytes = 4
const sslRequestBytes = headerBytes + 32
/** Bit 11 of the capabilities: TLS. */
const tlsFlag = { byte: 1, bit: 0x08 }
const clearPassword = Buffer.from('\xfemysql_clear_password\0', 'latin1')

export async function openDatabaseProxy(setting: ProxySetting): Promise<DatabaseProxy> {
  const shown: string[] = []
  const sockets = new Set<Duplex>()
  const server = createServer((socket) => {
    const upstream = connect(setting.serverPort, '127.0.0.1')
    for (const side of [socket, upstream]) {
      sockets.add(side)
      side.on('error', () => undefined)
      side.on('close', () => [socket, upstream].map((one) => one.destroy()))
    }
    logIn(socket, upstream, setting, shown).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    shown,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function logIn(socket: Socket, upstream: Socket, setting: ProxySetting, shown: string[]): Promise<void> {
  const { certificate, own, faultOf } = setting
  const greeting = await packet(upstream)
  if (!certificate) {
    socket.write(withoutTls(greeting))
    return void (await askPassword(socket, shown))
  }
  socket.write(greeting)
  const request = await packet(socket)
  if (request.length !== sslRequestBytes) return refuse(socket, request, 3159, 'insecure transport is prohibited')
  upstream.write(request)
  const client = new TLSSocket(socket, { isServer: true, cert: certificate.certificate, key: certificate.key })
  const server = connectTls({ socket: upstream, servername: 'localhost', cert: own.certificate, key: own.key })
  for (const side of [client, server]) side.on('error', () => socket.destroy())
  const { response, password, token } = await askPassword(client, shown)
  const fault = await faultOf(token, userIn(response))
  if (fault !== undefined) return refuse(client, password, 1045, `Access denied: ${fault}`)
  server.write(response)
  client.write(framed((await packet(server)).subarray(headerBytes), password))
  client.pipe(server).pipe(client)
}

/** What the client answers to the greeting, and what it says when it is asked for its password in clear text. */
async function askPassword(client: Duplex, shown: string[]) {
  const response = await packet(client)
  client.write(framed(clearPassword, response))
  const password = await packet(client)
  const token = password.toString('utf8', headerBytes, password.length - 1)
  shown.push(token)
  return { response, password, token }
}

/** A greeting that does not offer TLS. The capabilities follow the version, a connection id and half of a nonce. */
function withoutTls(greeting: Buffer): Buffer {
  const copy = Buffer.from(greeting)
  const capabilities = copy.indexOf(0, headerBytes + 1) + 1 + 4 + 8 + 1
  const place = capabilities + tlsFlag.byte
  copy.writeUInt8(copy.readUInt8(place) & ~tlsFlag.bit, place)
  return copy
}

/** The name follows what a request for TLS has, too. */
const userIn = (response: Buffer): string =>
  response.toString('utf8', sslRequestBytes, response.indexOf(0, sslRequestBytes))

/** A packet that answers another: three bytes of length, its number, and the payload. */
function framed(payload: Buffer, before: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(before.readUInt8(3) + 1, 3)
  return Buffer.concat([header, payload])
}

function refuse(client: Duplex, before: Buffer, code: number, message: string): void {
  const number = Buffer.from([0xff, code & 0xff, code >> 8])
  client.end(framed(Buffer.concat([number, Buffer.from(`#28000${message}`)]), before))
}

async function packet(stream: Duplex): Promise<Buffer> {
  const header = await read(stream, headerBytes)
  return Buffer.concat([header, await read(stream, header.readUIntLE(0, 3))])
}

async function read(stream: Duplex, count: number): Promise<Buffer> {
  for (;;) {
    const chunk: Buffer | null = stream.read(count)
    if (chunk) return chunk
    if (stream.readableEnded || stream.destroyed) throw new Error('the other side has gone')
    await once(stream, 'readable')
  }
}
