/** A proxy in front of object storage that answers in its place as one that is overloaded. */
import { openTcpProxy, type TcpProxy } from './proxy-tcp.ts'

export interface StorageProxy extends TcpProxy {
  /** Answers every request with 503 from now on, or passes them again. Calls `done` for each that is refused. */
  refuse(done: (() => void) | undefined): void
}

const unavailable = 'HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

export async function openStorageProxy(storagePort: number): Promise<StorageProxy> {
  let refused: (() => void) | undefined
  const proxy = await openTcpProxy(storagePort, ({ client }) => ({
    fromClient(chunk) {
      if (!refused) return chunk
      // What follows belongs to the same request.
      if (!client.writableEnded) {
        refused()
        client.end(unavailable)
      }
      return undefined
    },
    fromServer: (chunk) => (client.writableEnded ? undefined : chunk),
  }))
  return Object.assign(proxy, {
    refuse(done: (() => void) | undefined) {
      refused = done
    },
  })
}
