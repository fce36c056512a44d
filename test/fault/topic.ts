/** The topic of messages, as far as a run with faults wants it otherwise. */
import kafkajs, { Kafka, logLevel } from 'kafkajs'

const anyTime = String(2n ** 63n - 1n)

/**
 * Lets records be of any time. Each freeze puts the functions' clocks ahead, by hours in the course of a run, and Kafka
 * refuses for good what is of more than one hour ahead.
 */
export async function takeAnyTime(brokers: string, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const configEntries = [{ name: 'message.timestamp.after.max.ms', value: anyTime }]
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
    await admin.alterConfigs({ validateOnly: false, resources: [resource] })
  } finally {
    await admin.disconnect()
  }
}
