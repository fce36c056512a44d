/** The topics of messages and slices, as far as a run with faults wants them otherwise. */
import kafkajs, { Kafka, logLevel } from 'kafkajs'

const anyTime = String(2n ** 63n - 1n)

/**
 * Lets records be of any time. Each freeze puts the functions' clocks ahead, by hours in the course of a run, and Kafka
 * refuses for good what is of more than one hour ahead.
 */
export async function takeAnyTime(brokers: string, topics: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const configEntries = [{ name: 'message.timestamp.after.max.ms', value: anyTime }]
    const resources = topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries }))
    await admin.alterConfigs({ validateOnly: false, resources })
  } finally {
    await admin.disconnect()
  }
}
