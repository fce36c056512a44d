/**
 * People talk for a long time while connections come and go: memory, Redis keys and connections must not grow.
 *
 *     npx node test/fault/soak.ts                           150 messages a second for 20 minutes
 *     npx node test/fault/soak.ts --rate 50 --minutes 6
 *
 * Memory is the resident set of each process, and for the two that run our code the heap after a collection, which is
 * asked for over the inspector. MySQL's page cache is filled before, so that its memory can only grow by a leak. The exit
 * code is 1 when one grows by more than 1 MB a minute between the first quarter and the end, when keys or connections
 * are left over, or when a promise was broken.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { connections } from '../../lib/core/keys.ts'
import { check, tally } from './checker.ts'
import { heapAfterCollection, residentBytes } from './memory.ts'
import { seeded } from './random.ts'
import { openStage, type Stage, tellRedis } from './stage.ts'
import { readStored } from './stored.ts'
import { createWorkload } from './workload.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '150' },
    minutes: { type: 'string', default: '20' },
    people: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
const maxMegabytesPerMinute = 1
const megabyte = 2 ** 20

/** What is measured, by name; sizes in bytes. */
type Sample = { minute: number } & Record<string, number>

async function measure(stage: Stage, minute: number): Promise<Sample> {
  const pids: Record<string, number | undefined> = { app: stage.appPid(), consumer: stage.consumer.pid }
  // Containers are left out: their processes are not visible here.
  // The heap of S3's stand-in is not taken at its start.
  const { storage: _storage, ...servers } = stage.servers ?? {}
  for (const [name, { pid }] of Object.entries(servers)) pids[name] = pid
  const sample: Sample = { minute }
  for (const [name, pid] of Object.entries(pids)) sample[`${name} RSS`] = residentBytes(pid ?? 0)
  for (const name of ['app', 'consumer'] as const) {
    const heap = await heapAfterCollection(pids[name] ?? 0)
    if (heap !== undefined) sample[`${name} heap`] = heap
  }
  sample.keys = Number((await tellRedis(stage.redisPort, 'DBSIZE')).slice(1))
  return sample
}

// Least squares, so that a single late garbage collection does not decide.
function growthPerMinute(samples: readonly Sample[], name: string): number {
  const points = samples.flatMap((sample) => {
    const value = sample[name]
    return value === undefined ? [] : [{ x: sample.minute, y: value / megabyte }]
  })
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const spread = mean((point) => (point.x - x) ** 2)
  return spread === 0 ? 0 : mean((point) => (point.x - x) * (point.y - y)) / spread
}

function judge(samples: readonly Sample[], connectionsLeft: number): string[] {
  const settled = samples.filter(({ minute }) => minute >= minutes / 4)
  const names = Object.keys(samples.at(-1) ?? {}).filter((name) => name.endsWith('RSS') || name.endsWith('heap'))
  const problems = names.flatMap((name) => {
    const growth = growthPerMinute(settled, name)
    console.log(`${name}: ${growth >= 0 ? '+' : ''}${growth.toFixed(2)} MB a minute`)
    return growth > maxMegabytesPerMinute ? [`${name} grows by ${growth.toFixed(1)} MB a minute`] : []
  })
  for (const name of ['app heap', 'consumer heap']) {
    const measured = settled.filter((sample) => sample[name] !== undefined).length
    if (measured < settled.length / 2) problems.push(`${name} was measured ${measured} times in ${settled.length}`)
  }
  const [first, last] = [settled[0]?.keys ?? 0, settled.at(-1)?.keys ?? 0]
  if (last > first * 1.1 + 5) problems.push(`Redis has ${last} keys after ${first}`)
  if (connectionsLeft > 0) problems.push(`${connectionsLeft} connections are still known though all have left`)
  return problems
}

/** Has MySQL read and write as many pages as its cache holds. */
async function fillPageCache(mysqlUrl: string): Promise<void> {
  const connection = await createConnection(mysqlUrl)
  try {
    const [rows] = await connection.query<RowDataPacket[]>('select @@innodb_buffer_pool_size as bytes')
    await connection.query('create table soak_filler (id int primary key auto_increment, page longtext)')
    for (let filled = 0; filled < Number(rows[0]?.bytes); filled += megabyte) {
      await connection.query(`insert into soak_filler (page) values (repeat('x', ${megabyte}))`)
    }
    await connection.query('select sum(length(page)) from soak_filler')
    await connection.query('drop table soak_filler')
  } finally {
    await connection.end()
  }
}

/** How many connections Redis knows of these people. */
async function knownConnections(stage: Stage, people: readonly { id: number }[]): Promise<number> {
  const counts = await Promise.all(people.map(({ id }) => tellRedis(stage.redisPort, `HLEN ${connections(id)}`)))
  return counts.reduce((sum, answer) => sum + Number(answer.slice(1)), 0)
}

async function soak(signal: AbortSignal): Promise<string[]> {
  const stage = await openStage((line) => console.log(line), signal)
  try {
    await fillPageCache(stage.mysqlUrl)
    const base = (): string => stage.url
    const perSecond = Number(values.rate)
    const setting = {
      base,
      mysqlUrl: stage.mysqlUrl,
      random: seeded(seed),
      people: Number(values.people),
      perSecond,
      // Drawing pictures fills a heap of its own at first.
      messagesPerFile: 0,
      label: `s${seed}`,
    }
    const workload = await createWorkload(setting)
    const begunAt = Date.now()
    const samples: Sample[] = []
    workload.begin()
    const everyMs = Math.min(60_000, (minutes * 60_000) / 8)
    while (Date.now() - begunAt < minutes * 60_000) {
      await sleep(everyMs)
      signal.throwIfAborted()
      const sample = await measure(stage, (Date.now() - begunAt) / 60_000)
      samples.push(sample)
      console.log(`${describe(sample)}, ${workload.count()} messages, ${workload.connects()} connections so far`)
    }
    workload.rest()
    await workload.settle(30_000)
    const { recording } = workload
    const stored = await readStored(stage.mysqlUrl, recording.conversations)
    const findings = check(recording, stored)
    workload.stop()
    let left = 0
    for (let tries = 0; tries < 20 && (tries === 0 || left > 0); tries++) {
      await sleep(250)
      left = await knownConnections(stage, workload.people)
    }
    const problems = judge(samples, left)
    return findings.length > 0 ? [...problems, `promises broken: ${JSON.stringify(tally(findings))}`] : problems
  } finally {
    await stage.stop()
  }
}

const describe = ({ minute, ...rest }: Sample): string =>
  [`minute ${minute.toFixed(1)}`]
    .concat(
      Object.entries(rest).map(([name, value]) =>
        name === 'keys' ? `${value} keys` : `${name} ${Math.round(value / megabyte)} MB`,
      ),
    )
    .join(', ')

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
}
console.log(`seed ${seed}: ${values.rate} messages a second for ${minutes} min`)
const problems = await soak(interrupted.signal)
for (const problem of problems) console.log(`✗ ${problem}`)
console.log(problems.length === 0 ? 'nothing leaks' : `${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)
