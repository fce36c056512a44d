/**
 * Odd records in the topic itself: the consumer that runs goes past them, and people of every partition are answered.
 *
 * In a long run only (`npm run test:fuzz`), since they become dead letters, which other tests count.
 */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesOf, count } from '../support/cases.ts'
import { send } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { bytes, like, value } from '../support/odd.ts'
import { newcomers, type Person } from '../support/people.ts'
import { closeAll, connect, ofType } from '../support/socket.ts'

afterAll(closeAll)

const brokers = process.env.KAFKA_BROKERS
const topic = process.env.MESSAGE_TOPIC || 'chat-messages'
const partitions = 2
const batch = 50
const records = casesOf(1, 0.05)
const patienceMs = 60_000

const { ada, bob, eve, zoe } = newcomers(beforeAll, 'ada', 'bob', 'eve', 'zoe')
// Each has a partition; that all of six have the same one happens once in 32 runs.
const pairs = [
  [ada, bob],
  [ada, eve],
  [ada, zoe],
  [bob, eve],
  [bob, zoe],
  [eve, zoe],
] as const
beforeAll(() => Promise.all(pairs.map(([one, other]) => befriend(one, other))))

/** A record is like a sound one, or any value, or bytes. */
function oddRecords(from: Person, to: Person): fc.Arbitrary<Buffer> {
  const sound = {
    ...{ kind: 'message', from_id: from.id, target_id: to.id, chat_type: 2, content: 'hello', media: 1 },
    ...{ requested_at: Date.now(), origin: { connection_id: 'nobody', batch: false, language: 'en' } },
  }
  const named = fc.constant(null).map(() => ({ ...sound, record_id: randomUUID() }))
  return fc.oneof(
    { arbitrary: fc.tuple(named, like(sound)).map(([one, odd]) => asJson({ ...one, ...odd })), weight: 6 },
    { arbitrary: value.map(asJson), weight: 1 },
    { arbitrary: bytes.map((given) => Buffer.from(given)), weight: 1 },
  )
}

const asJson = (given: unknown): Buffer => Buffer.from(JSON.stringify(given))

it.runIf(process.env.FUZZ_CASES && brokers)(
  'odd records in the topic hold up nobody',
  { timeout: patienceMs * 2 + records * 50 },
  async (context) => {
    const kafka = new Kafka({ brokers: brokers?.split(',') ?? [], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    const sockets = await Promise.all(
      [ada, bob, eve, zoe].map(async (one) => [one, await connect({ token: one.token })] as const),
    )
    const socketOf = new Map(sockets)
    for (let sent = 0; sent < records; sent += batch) {
      const odd = fc.sample(oddRecords(ada, bob), Math.min(batch, records - sent))
      await producer.send({ topic, messages: odd.map((value, index) => ({ value, partition: index % partitions })) })
      count(context, odd.length)
    }
    await producer.disconnect()
    const answers = pairs.map(async ([one, other]) => {
      const id = send(socketOf.get(one) ?? expect.fail('no socket'), other, 'after all of them')
      return await socketOf.get(one)?.next((frame) => ofType(5)(frame) && frame.client_msg_id === id, patienceMs)
    })
    expect(await Promise.all(answers)).toHaveLength(pairs.length)
  },
)
