/** A backlog of records: how fast the consumer stores them, and delivers them to people who are connected. */
import { setTimeout as sleep } from 'node:timers/promises'
import { judgeRows, produce, type Span, watchRows } from './backlog.ts'
import { closeAll } from './connect-storm.ts'
import { resultOf, round } from './figures.ts'
import { connectPeople, untilReceived } from './people.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import { type Pair, seedPairs } from './seed.ts'
import type { Testbed } from './testbed.ts'

/** Records wait while the functions are down; nobody is connected when they are up again. */
export async function drainOffline(
  testbed: Testbed,
  { records, conversations }: { records: number; conversations: number },
): Promise<Result> {
  const pairs = await seedPairs(testbed.mysqlUrl, conversations)
  let rows = 0
  let drained: Promise<Span> | undefined
  await testbed.restartFunctions(async () => {
    await produce(testbed, pairs, records)
    drained = watchRows(testbed, pairs, records, (seen) => {
      rows = seen
    })
    drained.catch(() => {})
  })
  // The drain has begun while the functions started; their process is known from here on.
  const meter = await startMeter(testbed)
  const rowsBefore = rows
  const span = await drained
  const usage = await meter.stop()
  if (!span) throw new Error('nothing was drained')
  const result = resultOf({
    workload: 'drain, recipients offline',
    setting: { records, conversations },
    operations: records - rowsBefore,
    usage,
    findings: await judgeRows(testbed, pairs, records),
  })
  return { ...result, operations: span.rows, seconds: round(span.seconds), perSecond: round(span.rows / span.seconds) }
}

/** Records come all at once while their recipients are connected; one counts when it has arrived. */
export async function drainOnline(
  testbed: Testbed,
  { records, conversations, batch }: { records: number; conversations: number; batch: boolean },
): Promise<Result> {
  const people = await connectPeople(testbed, { pairs: conversations, batch, acks: false })
  const speakers = people.speakers.filter((_, index) => index % 2 === 0)
  const pairs = speakers.map(({ person, targetId }): Pair => [person.id, targetId])
  // The senders are disconnected: their records name no connection of theirs, so each would get a copy of all they said.
  await closeAll(speakers.map(({ socket }) => socket))
  await sleep(1_000)
  const meter = await startMeter(testbed)
  const arrive = async () => {
    await untilReceived(people, records)
    const counts = { ...people.counts }
    return { counts, usage: await meter.stop() }
  }
  const [{ counts, usage }] = await Promise.all([arrive(), produce(testbed, pairs, records)])
  // Repeats may come late.
  await sleep(500)
  const rows = await judgeRows(testbed, pairs, records)
  people.close()
  const sum = (of: 'doubled' | 'disordered'): number =>
    speakers.reduce((total, { received }) => total + received[of], 0)
  return resultOf({
    workload: 'drain, recipients online',
    setting: { records, conversations, batch },
    operations: counts.received,
    usage,
    posts: counts.posts,
    findings: {
      lost: records - people.counts.received,
      doubled: rows.doubled + sum('doubled'),
      disordered: rows.disordered + sum('disordered'),
      notStored: rows.notStored,
    },
  })
}
