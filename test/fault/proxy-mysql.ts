/** A proxy between the consumer and MySQL that recognises commits. */
import { cut, openTcpProxy, type Pair, type TcpProxy } from './proxy-tcp.ts'

export interface MysqlProxy extends TcpProxy {
  /** Calls `act` in place of passing the next commit on, and cuts the connection. */
  beforeCommit(act: () => void): void
  /** Calls `act` in place of passing the answer to the next commit on, and cuts the connection. */
  afterCommit(act: () => void): void
  /** Delays each insert of messages from now on; 0 ends that. */
  holdInserts(milliseconds: number): void
  disarm(): void
}

// COM_QUERY in a packet of its own: three bytes of length, a sequence number, 0x03, the text. A commit is the last of the
// statements that travel with it, so it ends the last chunk of their packet.
const alone = Buffer.concat([Buffer.from([7, 0, 0, 0, 3]), Buffer.from('commit')])
const last = Buffer.from(';\ncommit')
const isCommit = (chunk: Buffer): boolean => chunk.equals(alone) || chunk.subarray(-last.length).equals(last)
const insert = 'insert into `messages`'
const headerBytes = 5

export async function openMysqlProxy(mysqlPort: number): Promise<MysqlProxy> {
  let waiting: { when: 'before' | 'after'; act: () => void } | undefined
  let heldMs = 0

  function actAndCut(pair: Pair): undefined {
    const act = waiting?.act
    waiting = undefined
    act?.()
    return cut(pair)
  }

  const proxy = await openTcpProxy(mysqlPort, (pair) => {
    const { client, server } = pair
    let isCommitted = false
    return {
      fromClient(chunk) {
        if (heldMs > 0 && chunk.toString('latin1', headerBytes, headerBytes + insert.length) === insert) {
          // Later chunks of the statement wait, too.
          client.pause()
          setTimeout(() => {
            if (!server.destroyed) server.write(chunk)
            client.resume()
          }, heldMs)
          return undefined
        }
        if (!isCommit(chunk)) return chunk
        if (waiting?.when === 'before') return actAndCut(pair)
        isCommitted = waiting !== undefined
        return chunk
      },
      fromServer: (chunk) => (isCommitted && waiting?.when === 'after' ? actAndCut(pair) : chunk),
    }
  })
  return Object.assign(proxy, {
    beforeCommit(act: () => void) {
      waiting = { when: 'before', act }
    },
    afterCommit(act: () => void) {
      waiting = { when: 'after', act }
    },
    holdInserts(milliseconds: number) {
      heldMs = milliseconds
    },
    disarm() {
      waiting = undefined
    },
  })
}
