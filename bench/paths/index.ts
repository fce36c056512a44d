/**
 * The hot paths without emulation: CPU of a post, of accepting a frame, of storing a batch, of listing friends, of a search,
 * of telling friends who is online.
 *
 *     npx node bench/paths/index.ts
 *     npx node bench/paths/index.ts --only batch --profile /tmp/profiles
 *     npx node bench/paths/index.ts --only batch,list --mysql mysql://root@127.0.0.1:3306/bench --mysql-pid 123
 *                                                    on a database of one's own, which it fills
 */
import { parseArgs } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { tableOf } from '../report.ts'
import type { Result } from '../result.ts'
import { openTestbed, type Testbed } from '../testbed.ts'
import { measuredBy } from './child.ts'

// Without a consumer: only accepting is measured.
const topic = 'bench-send'

export const paths = {
  post: (testbed: Testbed, profile?: string) => measuredBy('post.ts', testbed, { profile }),
  send: async (testbed: Testbed, profile?: string) => {
    await makeTopic(testbed.kafkaBrokers)
    return await measuredBy('send.ts', testbed, { environment: { MESSAGE_TOPIC: topic }, profile })
  },
  batch: (testbed: Testbed, profile?: string) => measuredBy('batch.ts', testbed, { profile }),
  list: (testbed: Testbed, profile?: string) => measuredBy('list.ts', testbed, { profile }),
  search: (testbed: Testbed, profile?: string) => measuredBy('search.ts', testbed, { profile }),
  announce: (testbed: Testbed, profile?: string) => measuredBy('announce.ts', testbed, { profile }),
}

/** Measures every path, each in a process of its own, one after another. */
export async function measurePaths(testbed: Testbed): Promise<Result[]> {
  const results: Result[] = []
  for (const measure of Object.values(paths)) results.push(...(await measure(testbed)))
  return results
}

async function makeTopic(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true })
  await admin.disconnect()
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      profile: { type: 'string' },
      mysql: { type: 'string' },
      'mysql-pid': { type: 'string' },
    },
  })
  const { mysql: url, 'mysql-pid': pid } = values
  const testbed = await openTestbed({
    say: console.log,
    ...(url && { mysql: { url, ...(pid && { pid: Number(pid) }) } }),
  })
  try {
    for (const [name, measure] of Object.entries(paths)) {
      if (values.only && !values.only.split(',').includes(name)) continue
      console.table(tableOf(await measure(testbed, values.profile)))
    }
  } finally {
    await testbed.stop()
  }
  process.exit()
}
