/** The testbed of the event source mapping: topics of their own, and an HTTP server in the place of a function. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { expect, vi } from 'vitest'
import type { MappingDefinition } from '../../definition.ts'
import { createInvoker } from '../../invoke.ts'
import { type Mapping, startMapping } from '../../mapping.ts'
import type { RetryPolicy } from '../../retry.ts'

export type Event = {
  readonly records: Readonly<Record<string, readonly { offset: number; key?: string; value: string }[]>>
}

export type Settings = Partial<Omit<MappingDefinition, 'policy'>> & { readonly policy?: Partial<RetryPolicy> }

/** A function: the events it was invoked with, and what it does with the next one. */
export type Lambda = {
  readonly events: Event[]
  readonly port: number
  /** Returns what the function answers, or throws. */
  answer: (event: Event) => unknown
  /** The values of all records it was given, or of those of a partition. */
  values(partition?: number): string[]
  /** Maps the topic to the function, and waits until it is read. */
  map(settings: Settings): Promise<Mapping>
}

export const patience = { timeout: 20_000, interval: 5 }

export const brokers = process.env.KAFKA_BROKERS ?? '127.0.0.1:9092'
const kafka = new Kafka({
  clientId: 'event-source-mapping-test',
  brokers: brokers.split(','),
  logLevel: logLevel.NOTHING,
})
const admin = kafka.admin()
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
const mappings = new Set<Mapping>()
const servers: Server[] = []

export async function open(): Promise<void> {
  await Promise.all([admin.connect(), producer.connect()])
}

export async function close(): Promise<void> {
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** Ends every mapping and function of a test. */
export async function stopAll(): Promise<void> {
  await Promise.all([...mappings].map((mapping) => stop(mapping, 100)))
  for (const server of servers.splice(0)) server.close().closeAllConnections()
}

export async function makeTopic(numPartitions: number): Promise<string> {
  const topic = `esm-${randomUUID()}`
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true })
  return topic
}

/** Sends values to a partition in one request, each under the key `key of <value>`. */
export async function send(topic: string, partition: number, ...values: string[]): Promise<void> {
  await producer.send({ topic, messages: values.map((value) => ({ partition, key: `key of ${value}`, value })) })
}

/** Makes a function that accepts everything, and is the only group of its topic unless another shares its name. */
export async function makeLambda(topic: string): Promise<Lambda> {
  const events: Event[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const event: Event = JSON.parse(Buffer.concat(chunks).toString())
    events.push(event)
    try {
      response.end(JSON.stringify((await lambda.answer(event)) ?? null))
    } catch {
      response.writeHead(200, { 'X-Amz-Function-Error': 'Unhandled' }).end('{"errorMessage":"thrown"}')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0

  const lambda: Lambda = {
    events,
    port,
    answer: () => undefined,
    values: (partition) =>
      events.flatMap((event) => valuesOf(event, partition === undefined ? '' : `${topic}-${partition}`)),
    map: async (settings) => {
      const definition = define(topic, settings)
      const invoke = createInvoker(`http://127.0.0.1:${port}`, definition.functionName, definition.functionTimeoutMs)
      const log = { info: () => undefined, warn: () => undefined }
      const mapping = startMapping({ definition, brokers, invoke, log })
      mappings.add(mapping)
      await mapping.ready
      return mapping
    },
  }
  return lambda
}

export async function stop(mapping: Mapping, timeoutMs = 5_000): Promise<void> {
  mappings.delete(mapping)
  await mapping.stop(timeoutMs)
}

/** The group's committed offset of each partition; -1 where there is none. */
export async function offsets(topic: string): Promise<Record<number, number>> {
  const [fetched] = await admin.fetchOffsets({ groupId: groupOf(topic), topics: [topic] })
  return Object.fromEntries((fetched?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]))
}

/** The ids under which the pollers are members of the group; a poller that is thrown out comes back under another. */
export async function members(topic: string): Promise<string[]> {
  const { groups } = await admin.describeGroups([groupOf(topic)])
  return groups.flatMap((group) => group.members.map(({ memberId }) => memberId)).sort()
}

/** Waits until these offsets are committed. */
export async function committed(topic: string, expected: Record<number, number>): Promise<void> {
  await vi.waitFor(async () => expect(await offsets(topic)).toMatchObject(expected), patience)
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** Whether an event holds records of the partition. */
export function holds(event: Event | undefined, partition: number): boolean {
  return Object.keys(event?.records ?? {}).some((key) => key.endsWith(`-${partition}`))
}

function valuesOf({ records }: Event, key: string): string[] {
  const chosen = Object.entries(records).filter(([each]) => key === '' || each === key)
  return chosen.flatMap(([, group]) => group.map(({ value }) => Buffer.from(value, 'base64').toString()))
}

export function groupOf(topic: string): string {
  return `group-of-${topic}`
}

function define(topic: string, { policy, ...settings }: Settings): MappingDefinition {
  return {
    functionName: 'persist',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:persist:$LATEST',
    functionTimeoutMs: 30_000,
    eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/test/1',
    topic,
    consumerGroupId: groupOf(topic),
    batchSize: 100,
    batchingWindowMs: 0,
    pollers: Number.POSITIVE_INFINITY,
    policy: {
      reportsItemFailures: false,
      maximumRetryAttempts: Number.POSITIVE_INFINITY,
      maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      bisectsOnError: false,
      ...policy,
    },
    destinationTopic: undefined,
    ...settings,
  }
}
