/** Odd records by the hundred: whatever stands in the topic, its batch is settled, and the sound records in it are stored. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context, MSKEvent } from 'aws-lambda'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openGateway } from '../../lib/client/gateway.ts'
import { records } from '../../lib/entry/stream.ts'
import { consume } from '../../lib/service/message/consume.ts'
import { ChatRecord, type MessageRecord } from '../../lib/wire/record.ts'
import { casesOf, count } from '../support/cases.ts'
import { bytes, like, value } from '../support/odd.ts'
import { closeClients, db, noSlices, redis } from './stage.ts'
import { kinds, type Talk } from './talk.ts'

/** A management endpoint that takes every post. */
const endpoint = createServer((_request, response) => response.end())

beforeAll(() => new Promise<void>((done) => void endpoint.listen(0, '127.0.0.1', done)))
afterAll(async () => {
  endpoint.close()
  endpoint.closeAllConnections()
  await closeClients()
})

/** The consumer as it is deployed, but for the endpoint that it posts to. */
function consumer() {
  const gateway = openGateway(`http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`)
  return records(ChatRecord, (delivered, deadline) =>
    consume({ db, redis, gateway, slices: noSlices }, delivered, deadline),
  )
}

const leastInABatch = 4
const numRuns = Math.ceil(casesOf(kinds.length, 0.15) / leastInABatch)
const invocation = { awsRequestId: 'test', getRemainingTimeInMillis: () => 20_000 } as Context
let offset = Date.now() * 100

function event(values: readonly Uint8Array[]): MSKEvent {
  const records = values.map((given) => ({
    topic: 'fuzz',
    partition: 0,
    offset: offset++,
    timestamp: Date.now(),
    timestampType: 'CREATE_TIME' as const,
    key: '',
    value: Buffer.from(given).toString('base64'),
    headers: [],
  }))
  return { eventSource: 'aws:kafka', eventSourceArn: 'arn', bootstrapServers: 'b:9092', records: { 'fuzz-0': records } }
}

const encoded = (given: unknown): Uint8Array => Buffer.from(JSON.stringify(given))

/** Records that are like a sound one of each kind, but for some members, and what is no record at all. */
function oddRecords({ ada, bob, record, read, typing }: Talk) {
  const { content: _said, media: _text, ...common } = record(ada, bob, { client_msg_id: 'c' })
  const changes = (['edit', 'recall', 'react'] as const).map((action) => ({
    ...{ ...common, kind: 'change' as const, seq: 1 },
    ...{ action, content: action === 'react' ? '👍' : 'edited' },
  }))
  const said = record(ada, bob, { client_msg_id: 'm', reply_to: 1, mentions: [bob] })
  const sound = [said, read(ada, 1), typing(ada), ...changes]
  const almost = sound.map((one) => like({ ...one }).map((odd) => ({ ...one, ...odd })))
  return fc.array(fc.oneof({ arbitrary: fc.oneof(...almost).map(encoded), weight: 6 }, value.map(encoded), bytes), {
    minLength: leastInABatch,
    maxLength: 8,
  })
}

it.for(kinds)(
  'a batch of odd records is settled, $kind',
  { timeout: 30_000 + numRuns * 1_500 },
  async ({ talk }, context) => {
    const one = await talk()
    const handler = consumer()
    let sent = 0
    await fc.assert(
      fc.asyncProperty(oddRecords(one), async (odd) => {
        sent += 1
        const sound: MessageRecord = one.record(one.bob, one.ada, { content: `sound ${sent}` })
        expect(await handler(event([...odd, encoded(sound)]), invocation)).toEqual({ batchItemFailures: [] })
        expect((await one.stored()).at(-1)?.content).toBe(sound.content)
        count(context, odd.length + 1)
      }),
      { numRuns, endOnFailure: true },
    )
  },
)
