/** The producer, on a topic of its own. */
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, expect, it } from 'vitest'
import { RecordProducer } from '../../lib/client/kafka.ts'
import { config } from '../../lib/core/config.ts'
import { range } from './stage.ts'

const topic = `producer-${randomUUID()}`
const producer = new RecordProducer(config.kafkaBrokers, topic)
const admin = new Kafka({ brokers: [...config.kafkaBrokers], logLevel: logLevel.NOTHING }).admin()

afterAll(async () => {
  await producer.close()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
})

it('records that are sent at once go out in requests that Kafka takes, however large they are together', async () => {
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  const value = 'x'.repeat(300 * 1024)
  await Promise.all(range(1, 10).map((number) => producer.send({ key: 'one', value: `${number}${value}` })))
  const [{ offset } = { offset: '' }] = await admin.fetchTopicOffsets(topic)
  expect(Number(offset)).toBe(10)
})
