/** Stands between the consumer and MySQL, and sees each commit. */
import { openTcpGate, type TcpGate } from './gate-tcp.ts'

export interface MysqlGate extends TcpGate {
  /** `strike` when the next commit would pass; it does not. */
  beforeCommit(strike: () => void): void
  /** `strike` when the next commit has been answered; the answer does not pass. */
  afterCommit(strike: () => void): void
  disarm(): void
}

// COM_QUERY in a packet of its own: three bytes of length, a sequence number, 0x03, the text.
const commit = Buffer.concat([Buffer.from([7, 0, 0, 0, 3]), Buffer.from('commit')])

export async function openMysqlGate(mysqlPort: number): Promise<MysqlGate> {
  let before: (() => void) | undefined
  let after: (() => void) | undefined

  const gate = await openTcpGate(mysqlPort, () => {
    let isCommitted = false
    return {
      fromClient(chunk, { client, server }) {
        if (!chunk.equals(commit)) return chunk
        if (before) {
          const strike = before
          before = undefined
          strike()
          client.destroy()
          server.destroy()
          return undefined
        }
        isCommitted = after !== undefined
        return chunk
      },
      fromServer(chunk, { client, server }) {
        if (!isCommitted || !after) return chunk
        const strike = after
        after = undefined
        strike()
        client.destroy()
        server.destroy()
        return undefined
      },
    }
  })
  return Object.assign(gate, {
    beforeCommit(strike: () => void) {
      before = strike
    },
    afterCommit(strike: () => void) {
      after = strike
    },
    disarm() {
      before = undefined
      after = undefined
    },
  })
}
