/** A proxy between the functions and Redis. A cluster tells clients the addresses of its nodes: the proxy tells its own. */
import { names } from './names.ts'
import { openTcpProxy, type TcpProxy } from './proxy-tcp.ts'

export async function openRedisProxy(redisPort: number): Promise<TcpProxy> {
  // A host and a port in RESP: https://redis.io/docs/latest/develop/reference/protocol-spec/
  const told = `$9\r\n127.0.0.1\r\n:${redisPort}\r\n`
  const proxy: TcpProxy = await openTcpProxy(redisPort, () => ({
    fromClient: (chunk) => chunk,
    fromServer(chunk) {
      if (!chunk.includes(told)) return chunk
      const own = `$${names.redis.length}\r\n${names.redis}\r\n:${proxy.port}\r\n`
      return Buffer.from(chunk.toString('latin1').replaceAll(told, own), 'latin1')
    },
  }))
  return proxy
}
