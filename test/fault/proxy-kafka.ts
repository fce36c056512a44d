/**
 * A proxy between the functions and Kafka that can drop the answer to a produce request.
 *
 * Brokers tell clients their address, so the proxy writes its own into those answers: a name of the same length, and a port.
 * https://kafka.apache.org/protocol.html
 */
import { names } from './names.ts'
import { cut, openTcpProxy, type TcpProxy } from './proxy-tcp.ts'

export interface KafkaProxy extends TcpProxy {
  /** Cuts the connection when the broker answers the next produce request, so that its outcome stays unknown. */
  cutNextProduce(done: () => void): void
  disarm(): void
}

const Produce = 0
const tellAddresses = new Set([3, 10])

export async function openKafkaProxy(brokerPort: number): Promise<KafkaProxy> {
  let onNextProduce: (() => void) | undefined
  const addressOf = (host: string, port: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(port)
    return Buffer.concat([Buffer.from(host), bytes])
  }

  const proxy: TcpProxy = await openTcpProxy(brokerPort, (pair) => {
    /** The API key of each open request, by its correlation id. */
    const asked = new Map<number, number>()
    const cutting = new Set<number>()
    const requests = packets((packet) => {
      const [key, number] = [packet.readInt16BE(4), packet.readInt32BE(8)]
      asked.set(number, key)
      if (key === Produce && onNextProduce) cutting.add(number)
      return packet
    })
    const answers = packets((packet) => {
      const number = packet.readInt32BE(4)
      const key = asked.get(number) ?? -1
      asked.delete(number)
      if (cutting.has(number) && onNextProduce) {
        const done = onNextProduce
        onNextProduce = undefined
        done()
        return cut(pair)
      }
      if (tellAddresses.has(key)) {
        replaceAll(packet, addressOf('127.0.0.1', brokerPort), addressOf(names.kafka, proxy.port))
      }
      return packet
    })
    return { fromClient: requests, fromServer: answers }
  })
  return Object.assign(proxy, {
    cutNextProduce(done: () => void) {
      onNextProduce = done
    },
    disarm() {
      onNextProduce = undefined
    },
  })
}

/** Passes whole packets only: four bytes of length, then as many bytes as they say. */
function packets(look: (packet: Buffer) => Buffer | undefined): (chunk: Buffer) => Buffer | undefined {
  let waiting: Buffer = Buffer.alloc(0)
  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    const passed: Buffer[] = []
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
      const end = 4 + waiting.readInt32BE(0)
      const packet = look(waiting.subarray(0, end))
      if (packet) passed.push(packet)
      waiting = waiting.subarray(end)
    }
    return passed.length === 1 ? passed[0] : Buffer.concat(passed)
  }
}

function replaceAll(packet: Buffer, from: Buffer, to: Buffer): void {
  for (let at = packet.indexOf(from); at !== -1; at = packet.indexOf(from, at + 1)) to.copy(packet, at)
}
