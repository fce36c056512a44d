/** Kafka: an idempotent producer for each topic. Concurrent sends share produce requests (group commit). */
import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import { type Admin, type ISocketFactoryArgs, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import { DependencyTimeout } from '../core/outage.ts'
import { iamLogin } from './kafka-login.ts'

export interface Outgoing {
  key: string | Buffer | null
  value: string | Buffer
}

/** What services need of a topic that they write to. */
export type Topic = Pick<RecordProducer, 'send'>

interface Waiting extends Outgoing {
  resolve(): void
  reject(error: unknown): void
  timer: NodeJS.Timeout
}

const timeoutMs = 2_500
// Networks forget connections without a word, for example while the function was frozen.
const silentMs = 1_000
const keepAliveMs = 60_000
// Kafka refuses a batch of more than 1 MB, and all records of a request may be of one partition.
const requestMaxBytes = 512 * 1024

/**
 * Sends records to one topic, in the order of the calls.
 *
 * When a request is not answered within a second, all connections are closed, and it is sent again on a new one. Kafka
 * recognises by its sequence numbers what it has already.
 *
 * One request is in flight at a time; the next one carries the records that arrived meanwhile, up to 512 KB. A record resolves when
 * all replicas have it. After 2.5 s it fails as an outage: a record still in the queue is never sent, the outcome of one
 * in flight is unknown, and no later record overtakes it.
 */
export class RecordProducer {
  readonly #kafka: Kafka
  readonly #topic: string
  #producer: Producer | undefined
  #admin: Promise<Admin> | undefined
  readonly #sockets = new Set<Socket>()
  #waiting: Waiting[] = []
  #isSending = false

  constructor(brokers: readonly string[], topic: string) {
    this.#topic = topic
    this.#kafka = new Kafka({
      clientId: 'gochat',
      brokers: [...brokers],
      // Before the first send of a cold function there are TLS and a token as well.
      connectionTimeout: config.kafkaAuth === 'iam' ? timeoutMs : 1_000,
      ...(config.kafkaAuth === 'iam' && iamLogin),
      requestTimeout: silentMs,
      socketFactory: (address) => this.#connect(address),
      logLevel: logLevel.NOTHING,
    })
  }

  send(record: Outgoing): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...record, resolve, reject, timer: setTimeout(() => this.#expire(waiting), timeoutMs) }
      this.#waiting.push(waiting)
      // Calls of one tick share the first request, too.
      if (!this.#isSending) {
        this.#isSending = true
        setImmediate(() => void this.#sendAll())
      }
    })
  }

  /** Resolves when the cluster responds and has the topic. Asks once more on a new connection, since the first may be lost. */
  async check(): Promise<void> {
    await this.#describeTopic().catch(() => this.#describeTopic())
  }

  async #describeTopic(): Promise<void> {
    this.#admin ??= this.#connectedAdmin()
    try {
      const admin = await this.#admin
      await admin.fetchTopicMetadata({ topics: [this.#topic] })
    } catch (error) {
      this.#admin = undefined
      throw error
    }
  }

  async #connectedAdmin(): Promise<Admin> {
    const admin = this.#kafka.admin({ retry: { initialRetryTime: 50, retries: 2 } })
    admin.on(admin.events.REQUEST_TIMEOUT, () => this.#cut())
    await admin.connect()
    return admin
  }

  /** Closes the connections. For tests and scripts. */
  async close(): Promise<void> {
    await this.#producer?.disconnect()
    await (await this.#admin)?.disconnect()
  }

  #expire(record: Waiting): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== record)
    record.reject(new DependencyTimeout('kafka', timeoutMs))
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, countFitting(this.#waiting))
      try {
        const producer = await this.#connected()
        const messages = batch.map(({ key, value }) => ({ key, value }))
        await producer.send({ topic: this.#topic, acks: -1, messages })
        for (const record of batch) finish(record, record.resolve)
      } catch (error) {
        for (const record of batch) finish(record, () => record.reject(error))
        await this.#discard(error)
      }
    }
    this.#isSending = false
  }

  async #connected(): Promise<Producer> {
    if (this.#producer) return this.#producer
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 5 },
    })
    // kafkajs itself keeps the connection, on which every other request would wait in vain, too.
    producer.on(producer.events.REQUEST_TIMEOUT, () => this.#cut())
    await producer.connect()
    this.#producer = producer
    return producer
  }

  #connect(address: ISocketFactoryArgs): Socket {
    const socket = openSocket(address)
    this.#sockets.add(socket)
    return socket.on('close', () => this.#sockets.delete(socket))
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy(new DependencyTimeout('kafka', silentMs))
  }

  // After a failed send the producer's sequence numbers may lag behind the broker's, so the next send opens a new producer.
  async #discard(error: unknown): Promise<void> {
    log.warn('kafka producer failed', { fault: error instanceof Error ? error.message : String(error) })
    const producer = this.#producer
    this.#producer = undefined
    this.#cut()
    await producer?.disconnect().catch(() => undefined)
  }
}

// kafkajs does not export its own.
function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const socket = ssl
    ? tls.connect({ host, port, ...(!net.isIP(host) && { servername: host }), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect)
  return socket.setKeepAlive(true, keepAliveMs)
}

/** How many of the first records a request takes: at least one. */
function countFitting(records: readonly Outgoing[]): number {
  let bytes = 0
  const end = records.findIndex(({ value }) => {
    bytes += Buffer.byteLength(value)
    return bytes > requestMaxBytes
  })
  return end === -1 ? records.length : Math.max(end, 1)
}

function finish(record: Waiting, outcome: () => void): void {
  clearTimeout(record.timer)
  outcome()
}
