/** The producer at a broker that wants TLS and a token. */
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, inject, it, vi } from 'vitest'
import { untilReady } from '../../infra/services/probe.ts'
import { RecordProducer } from '../../lib/client/kafka.ts'
import { iamLogin } from '../../lib/client/kafka-login.ts'
import { config } from '../../lib/core/config.ts'
import { anew, closers, setClock, wrongSecret } from './client.ts'
import { listen } from './listener.ts'

const { introspection, kafkaJwtPort, certificates } = inject('secured')
const minute = 60_000

function producer(brokers: readonly string[] = config.kafkaBrokers, Producer = RecordProducer): RecordProducer {
  const opened = new Producer(brokers, config.messageTopic)
  closers.push(() => opened.close())
  return opened
}

const record = () => ({ key: 'key', value: randomUUID() })

/** When the tokens were signed that Kafka has been shown, as they say it. */
async function timesOfTokens(): Promise<string[]> {
  const shown: string[] = JSON.parse(await (await fetch(introspection)).text())
  return shown.map((token) => new URL(token).searchParams.get('X-Amz-Date') ?? '')
}

describe('with a token', () => {
  it('a record goes in, and a consumer takes it out', async () => {
    const sent = record()
    const messages = producer()
    await messages.check()
    await messages.send(sent)
    const kafka = new Kafka({ brokers: [...config.kafkaBrokers], ...iamLogin, logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: `tls-${sent.value}` })
    closers.push(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic: config.messageTopic, fromBeginning: true })
    const found = new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          if (String(message.value) === sent.value) resolve()
        },
      })
    })
    await found
  })

  it('a connection logs in again before its time is over, with a token of that moment', async () => {
    const messages = producer()
    // No other test has tokens of these minutes.
    const start = Math.floor(Date.now() / minute) * minute - 5 * minute
    setClock(start)
    await messages.send(record())
    setClock(start + minute)
    const compact = new Date(start + minute).toISOString().replace(/[-:]|\.\d+/g, '')
    await untilReady(async () => {
      await messages.send(record())
      expect(await timesOfTokens()).toContain(compact)
    }, 10_000)
  })
})

describe('a token that is wrong', () => {
  it('is refused in the broker’s own words', async () => {
    const { RecordProducer: Stranger } = await anew(wrongSecret, () => import('../../lib/client/kafka.ts'))
    await expect(producer(config.kafkaBrokers, Stranger).send(record())).rejects.toThrow(/token.*not active/i)
  })

  it('is refused where the broker says why in its answer (RFC 7628), not by an error', async () => {
    await expect(producer([`localhost:${kafkaJwtPort}`]).send(record())).rejects.toThrow(
      'Kafka refuses the token: {"status":"invalid_token"}',
    )
  })

  it('is replaced: after one that has expired, the next record goes in with one of its own time', async () => {
    const messages = producer()
    setClock(Date.now() - 20 * minute)
    await expect(messages.send(record())).rejects.toThrow(/not active/)
    vi.useRealTimers()
    await messages.send(record())
  })
})

it.each([
  ['comes from an unknown authority', certificates.unknown],
  ['names another host', certificates.ofAnotherHost],
])('a broker whose certificate %s hears nothing', async (_what, certificate) => {
  const { port, heard, stop } = await listen(certificate)
  closers.push(stop)
  await expect(producer([`localhost:${port}`]).send(record())).rejects.toThrow()
  expect(heard).toEqual([])
})
