/** Dead letters: filed once, shown, replayed through the log once more, or discarded. */
import { afterAll, describe, expect, it } from 'vitest'
import { handler } from '../../functions/stream/dead-letter.ts'
import { config } from '../../lib/core/config.ts'
import { consume } from '../../lib/service/message/consume.ts'
import * as deadLetter from '../../lib/service/message/dead-letter.ts'
import { closeClients, db, delivered, listeningGateway, listeningTopic, noSlices, redis } from './stage.ts'
import { kinds } from './talk.ts'

afterAll(closeClients)

const soon = (): number => Date.now() + 20_000
const clients = { db, redis, gateway: listeningGateway().gateway, slices: noSlices }

async function letterAt(offset: number) {
  const letter = (await deadLetter.list({ db }, Number.MAX_SAFE_INTEGER)).find((one) => one.offset === offset)
  if (!letter) throw new Error('not filed')
  return letter
}

describe.each(kinds)('a dead letter, $kind', ({ talk }) => {
  it('is filed once, however often its record comes', async () => {
    const { ada, bob, record } = await talk()
    const [bad] = delivered(record(ada, bob))
    if (!bad) throw new Error('no record')
    const broken = { ...bad, value: undefined }
    await deadLetter.file({ db }, [{ record: broken, reason: 'undecodable' }])
    await deadLetter.file({ db }, [{ record: broken, reason: 'undecodable' }])
    const letters = await deadLetter.list({ db }, Number.MAX_SAFE_INTEGER)
    expect(letters.filter(({ offset }) => offset === bad.offset)).toHaveLength(1)
    expect(await letterAt(bad.offset)).toMatchObject({
      reason: 'undecodable',
      payload: bad.payload,
      record_key: bad.key,
    })
  })

  it('that is replayed goes to the log under its own key, and is off the list', async () => {
    const { ada, bob, record, stored } = await talk()
    const message = record(ada, bob, { content: 'at last', client_msg_id: 'm1' })
    const [given] = delivered(message)
    if (!given) throw new Error('no record')
    await deadLetter.file({ db }, [{ record: given, reason: 'given up' }])
    const { sent, topic } = listeningTopic()
    const letter = await letterAt(given.offset)
    await deadLetter.replay({ db, messages: topic, slices: noSlices }, letter)
    expect(sent).toEqual([{ key: given.key, value: given.payload }])
    expect(await deadLetter.find({ db }, letter.id)).toBeUndefined()
    await consume(clients, delivered(JSON.parse(String(sent[0]?.value))), soon())
    await consume(clients, delivered(JSON.parse(String(sent[0]?.value))), soon())
    expect((await stored()).map(({ content }) => content)).toEqual(['at last'])
  })

  it('of a slice goes to the topic of slices', async () => {
    const { ada, bob, record } = await talk()
    const [given] = delivered(record(ada, bob))
    if (!given) throw new Error('no record')
    const slice = { ...given, topic: config.fanOutTopic }
    await deadLetter.file({ db }, [{ record: slice, reason: 'given up' }])
    const { sent, topic } = listeningTopic()
    const messages = { send: () => Promise.reject(new Error('not a message')) }
    await deadLetter.replay({ db, messages, slices: topic }, await letterAt(given.offset))
    expect(sent).toEqual([{ key: given.key, value: given.payload }])
  })

  it('that the log does not take stays on the list', async () => {
    const { ada, bob, record } = await talk()
    const [given] = delivered(record(ada, bob))
    if (!given) throw new Error('no record')
    await deadLetter.file({ db }, [{ record: given, reason: 'given up' }])
    const letter = await letterAt(given.offset)
    const away = { send: () => Promise.reject(new Error('away')) }
    await expect(deadLetter.replay({ db, messages: away, slices: noSlices }, letter)).rejects.toThrow('away')
    expect(await deadLetter.find({ db }, letter.id)).toBeDefined()
  })

  it('that is discarded is gone, once', async () => {
    const { ada, bob, record } = await talk()
    const [given] = delivered(record(ada, bob))
    if (!given) throw new Error('no record')
    await deadLetter.file({ db }, [{ record: given, reason: 'given up' }])
    const { id } = await letterAt(given.offset)
    expect(await deadLetter.discard({ db }, id)).toBe(true)
    expect(await deadLetter.discard({ db }, id)).toBe(false)
  })
})

describe('the failure destination', () => {
  const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 10_000 } as Parameters<typeof handler>[1]

  it('is read in the form in which the mapping writes it', async () => {
    const place = Date.now() * 1000
    const envelope = {
      requestContext: {
        requestId: 'r',
        functionArn: 'f',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: null,
      version: '1.0',
      timestamp: '2026-01-01T00:00:00.000Z',
      KafkaBatchInfo: { batchSize: 1 },
      payload: {
        eventSource: 'aws:kafka',
        records: {
          'chat-messages-2': [
            {
              topic: 'chat-messages',
              partition: 2,
              offset: place,
              timestamp: 1,
              timestampType: 'CREATE_TIME',
              key: Buffer.from('1:2').toString('base64'),
              value: Buffer.from('what broke it').toString('base64'),
              headers: [],
            },
          ],
        },
      },
    }
    const record = (value: string, offset: number) => ({
      topic: 'chat-messages-dead-letter',
      partition: 0,
      offset,
      timestamp: 1,
      timestampType: 'CREATE_TIME' as const,
      key: '',
      value: Buffer.from(value).toString('base64'),
      headers: [],
    })
    const event = {
      eventSource: 'aws:kafka' as const,
      eventSourceArn: 'arn',
      bootstrapServers: 'b:1',
      records: {
        'chat-messages-dead-letter-0': [record(JSON.stringify(envelope), place + 1), record('no envelope', place + 2)],
      },
    }
    expect(await handler(event, context)).toEqual({ batchItemFailures: [] })
    expect(await letterAt(place)).toMatchObject({
      topic: 'chat-messages',
      partition: 2,
      reason: 'given up: RetryAttemptsExhausted',
      payload: Buffer.from('what broke it'),
      record_key: Buffer.from('1:2'),
    })
    expect(await letterAt(place + 2)).toMatchObject({ reason: 'unreadable failure envelope' })
  })
})
