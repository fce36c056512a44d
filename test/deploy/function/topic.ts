/**
 * The topic of functions that run one by one. At the same time a whole stage may run in the emulator: its consumer would answer
 * connections that only these functions know.
 */
import { Kafka, logLevel } from 'kafkajs'

export const messageTopic = 'chat-messages-of-single-functions'

export async function makeTopic(brokers: string): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic: messageTopic, numPartitions: 1 }], waitForLeaders: true })
  } finally {
    await admin.disconnect()
  }
}
