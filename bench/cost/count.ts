/**
 * The path of a message, walked function by function in this process on real servers, each invocation by itself: what it
 * takes is its own. The environment must be set before this is imported, since the functions read it then.
 */

import type { MSKRecord } from 'aws-lambda'
import { Kafka, logLevel } from 'kafkajs'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { handler as authorize } from '../../functions/socket/authorize.ts'
import { handler as connect } from '../../functions/socket/connect.ts'
import { handler as disconnect } from '../../functions/socket/disconnect.ts'
import { handler as receive } from '../../functions/socket/message.ts'
import { handler as persist } from '../../functions/stream/persist.ts'
import * as token from '../../lib/core/token.ts'
import { context } from '../context.ts'
import { seedFriendships, seedPeople } from '../seed.ts'
import type { Testbed } from '../testbed.ts'
import type { Counters, Counts } from './counters.ts'
import { type Passed as EdgeUse, throughEdge } from './edge.ts'
import { authorizerEvent, batchEvent, type Device, socketEvent } from './events.ts'
import { type Life, liveThrough } from './life.ts'
import { intervals } from './prices.ts'
import { meteredMessages, middle, type Timing } from './units.ts'

/** One function, called so often, with what all calls together took. */
export interface Step {
  calls: number
  /** Of the call in the middle. */
  timing: Timing
  counts: Counts
  /** Messages of the gateway that the calls stand for: frames in, and route responses. */
  meteredIn: number
  meteredOut: number
  bytesOut: number
}

export interface Walk {
  /** Records of a batch. */
  size: number
  messages: number
  accept: Step
  /** What was read from the topic for the batches. */
  read: Counts['kafka']
  store: Step
}

export interface Count {
  walks: Walk[]
  connecting: Record<'authorize' | 'connect' | 'disconnect', Step>
  heartbeat: Step
  heartbeatWithPong: Step
  /** Of connections on which nobody speaks, one for each interval of heartbeats. */
  lives: Life[]
  edge: EdgeUse
  simpleMicroseconds: number
  /** What Redis keeps of somebody who is connected, bytes. */
  cacheBytes: number
  /** Bytes that a stored message takes in its table with all indexes. */
  rowBytes: number
}

const pairs = 200
const warmUp = { size: 10, messages: 1_000 }
const counted = [
  { size: 1, messages: 400 },
  { size: 4, messages: 1_200 },
  { size: 100, messages: 6_000 },
]
const group = 'cost'
const livesOfInterval = 20

/** What the count runs on. */
export interface Ground {
  stage: Testbed
  /** The functions write to it, and nobody else reads it. */
  topic: string
  counters: Counters
  say: (line: string) => void
}

/** Walks all paths, each function by itself. @throws Error when messages were lost or told twice on the way. */
export async function countAll(ground: Ground): Promise<Count> {
  const { stage, counters, say } = ground
  const devices = await seedDevices(stage)
  const all = (invoke: (device: Device) => Promise<Passed>): Promise<Step> => measured(counters, devices, invoke)
  say(`${devices.length} people connect`)
  const memoryBefore = await counters.redisMemory()
  const authorizing = await all((device) => call(authorize(authorizerEvent(device), context)))
  const arriving = await all((device) => call(connect(socketEvent(device, '$connect'), context)))
  // The first frame of each is slower: code that has not run yet, sessions that are not in Redis.
  await all((device) => receiveFrame(device, '{"type":0}'))
  const heartbeat = await all((device) => receiveFrame(device, '{"type":0}'))
  const heartbeatWithPong = await all((device) => receiveFrame(device, '{"type":0,"ping":1}'))
  const cacheBytes = Math.round(((await counters.redisMemory()) - memoryBefore) / devices.length)
  say('connections live through two hours')
  const lives: Life[] = []
  for (const seconds of intervals) lives.push(await liveThrough(devices.slice(0, livesOfInterval), seconds))
  const walks = await walkAll(ground, devices)
  say('messages through the edge')
  const edge = await throughEdge(stage)
  const leaving = await all((device) => call(disconnect(socketEvent(device, '$disconnect'), context)))
  return {
    walks,
    connecting: { authorize: authorizing, connect: arriving, disconnect: leaving },
    heartbeat,
    heartbeatWithPong,
    lives,
    edge,
    simpleMicroseconds: counters.simpleMicroseconds,
    cacheBytes,
    rowBytes: await rowBytes(stage),
  }
}

async function walkAll({ stage, topic, counters, say }: Ground, devices: readonly Device[]): Promise<Walk[]> {
  const kafka = new Kafka({ clientId: 'cost', brokers: [...stage.kafkaBrokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()

  async function walk({ size, messages }: { size: number; messages: number }): Promise<Walk> {
    say(`${messages} messages in batches of ${size}`)
    const numbers = Array.from({ length: messages }, (_, index) => index)
    const accept = await measured(counters, numbers, (index) => receiveFrame(...messageOf(devices, index)))
    const records: MSKRecord[] = []
    const { kafka: read } = await counters.during(async () => {
      records.push(...(await recordsOf(kafka, topic, messages)))
    })
    const starts = Array.from({ length: messages / size }, (_, index) => index * size)
    const batches = starts.map((start) => records.slice(start, start + size))
    const store = await measured(counters, batches, (batch) => call(persist(batchEvent(batch), context)))
    const { posts } = store.counts.posts
    if (posts !== 2 * messages)
      throw new Error(`${posts} posts for ${messages} messages, not a push and an ack for each`)
    return { size, messages, accept, read, store }
  }

  // Nothing of the first counts: code that has not run often is slow.
  await walk(warmUp)
  const walks: Walk[] = []
  for (const each of counted) walks.push(await walk(each))
  return walks
}

interface Passed {
  in?: string
  out?: string | undefined
}

async function measured<T>(
  counters: Counters,
  given: readonly T[],
  invoke: (one: T) => Promise<Passed>,
): Promise<Step> {
  const timings: Timing[] = []
  const step = { meteredIn: 0, meteredOut: 0, bytesOut: 0 }
  const counts = await counters.during(async () => {
    for (const one of given) {
      const [cpu, begun] = [process.cpuUsage(), performance.now()]
      const passed = await invoke(one)
      const wallMs = performance.now() - begun
      const { user, system } = process.cpuUsage(cpu)
      timings.push({ wallMs, cpuMs: (user + system) / 1000 })
      if (passed.in !== undefined) step.meteredIn += meteredMessages(Buffer.byteLength(passed.in))
      if (passed.out === undefined) continue
      step.meteredOut += meteredMessages(Buffer.byteLength(passed.out))
      step.bytesOut += Buffer.byteLength(passed.out)
    }
  })
  const timing = {
    wallMs: middle(timings.map(({ wallMs }) => wallMs)),
    cpuMs: middle(timings.map(({ cpuMs }) => cpuMs)),
  }
  return { calls: given.length, timing, counts, ...step }
}

async function call(invoked: Promise<unknown>): Promise<Passed> {
  await invoked
  return {}
}

async function receiveFrame(device: Device, frame: string): Promise<Passed> {
  const reply = await receive(socketEvent(device, '$default', frame), context)
  const out = typeof reply === 'object' ? reply.body : undefined
  if (out?.includes('"type":9')) throw new Error(`a frame was refused: ${out}`)
  return { in: frame, out }
}

// The pairs take turns, and so do the two of a pair.
function messageOf(devices: readonly Device[], index: number): [Device, string] {
  const place = (index % pairs) * 2
  const isBack = Math.floor(index / pairs) % 2
  const [from, to] = [devices[place + isBack], devices[place + 1 - isBack]]
  if (!from || !to) throw new Error('there are fewer people than pairs')
  const content = `a message as people write them, some words long: ${index}`
  const frame = { type: 2, target_id: to.userId, content, media: 1, client_msg_id: crypto.randomUUID() }
  return [from, JSON.stringify(frame)]
}

async function seedDevices({ mysqlUrl }: Testbed): Promise<Device[]> {
  const ids = await seedPeople(mysqlUrl, pairs * 2)
  const friends = ids.flatMap((to, index): [number, number][] => (index % 2 ? [[ids[index - 1] ?? 0, to]] : []))
  await seedFriendships(mysqlUrl, friends)
  return ids.map((userId) => {
    const bearer = token.issue(token.localKey(), { id: userId, username: `person-${userId}`, sessionEpoch: 0 })
    return { userId, connectionId: `connection-${userId}=`, sessionId: token.verify(bearer).sessionId, token: bearer }
  })
}

/** Reads on in the topic, as the mapping does. */
async function recordsOf(kafka: Kafka, topic: string, count: number): Promise<MSKRecord[]> {
  const consumer = kafka.consumer({ groupId: group })
  const records: MSKRecord[] = []
  const { promise: complete, resolve } = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    async eachBatch({ batch: { partition, messages } }) {
      for (const { key, value, offset } of messages) {
        const [keyText, valueText] = [key?.toString('base64') ?? '', value?.toString('base64') ?? '']
        const [timestamp, timestampType] = [Date.now(), 'CREATE_TIME' as const]
        records.push({
          topic,
          partition,
          offset: Number(offset),
          timestamp,
          timestampType,
          key: keyText,
          value: valueText,
          headers: [],
        })
      }
      if (records.length >= count) resolve()
    },
  })
  await complete
  await consumer.disconnect()
  if (records.length !== count) throw new Error(`${records.length} records of ${count} messages`)
  return records
}

async function rowBytes({ mysqlUrl }: Testbed): Promise<number> {
  const database = await createConnection(mysqlUrl)
  await database.query('analyze table messages')
  const [rows] = await database.query<RowDataPacket[]>(
    `select (data_length + index_length) / (select count(*) from messages) as bytes
     from information_schema.tables where table_schema = database() and table_name = 'messages'`,
  )
  await database.end()
  return Math.round(Number(rows[0]?.bytes))
}
