/**
 * Large groups: how long a message takes to all who are connected, what it takes, and what others notice of it.
 *
 *     npx node bench/large-group.ts                            10,000 members, 2,000 connected; six minutes
 *     npx node bench/large-group.ts --members 2000 --connected 200 --runs 1
 *     npx node bench/large-group.ts --only crowd               or: --only beside
 *
 * The devices are sockets on this machine, through the edge, in this process. Each table is printed as it stands in docs/performance.md.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { Partitioners } from 'kafkajs'
import type { WebSocket } from 'ws'
import { connect, type Frame } from '../infra/client/socket.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import { closeAll } from './connect-storm.ts'
import { listPrices } from './cost/prices.ts'
import { percentiles, round } from './figures.ts'
import { pace } from './loop.ts'
import { connectPeople, takeLatencies, untilReceived } from './people.ts'
import { startMeter } from './processes.ts'
import { seedGroup, seedPeople } from './seed.ts'
import { openTestbed, type Testbed } from './testbed.ts'

const text = 'is what one says to all the others, as long as such things are'
const messages = 20
const sustained = { inFlight: 2, seconds: 15 }
const pair = { perSecond: 50, seconds: 10 }
const neighbour = { perSecond: 2, connected: 200, sizes: [500, 501] }
// As serverless.yml names it, and as many as infra/services/topics.ts makes.
const messageTopic = { name: 'chat-messages', partitions: 2 }

/** A group, of whom some are connected; the first speaks and hears nothing of itself. */
interface Crowd {
  id: number
  /** When each message was sent, and when it came to each device, by its number. */
  sentAt: number[]
  heardAt: number[][]
  /** WebSocket messages, and word that something was missed. */
  posts: number
  resyncs: number
  /** Those who hear. */
  listeners: number
  say(): void
  close(): Promise<void>
}

async function gather(testbed: Testbed, members: readonly number[], id: number, connected: number): Promise<Crowd> {
  const { issue, localKey } = await import('../lib/core/token.ts')
  const key = localKey()
  const tokenOf = (userId: number): string => issue(key, { id: userId, username: `person-${userId}`, sessionEpoch: 0 })
  const sockets: WebSocket[] = []
  const crowd: Crowd = {
    ...{ id, sentAt: [], heardAt: [], posts: 0, resyncs: 0, listeners: connected },
    say() {
      const number = crowd.sentAt.length
      crowd.heardAt.push([])
      crowd.sentAt.push(performance.now())
      sockets[0]?.send(JSON.stringify({ type: 3, target_id: id, content: `${number} ${text}`, media: 1 }))
    },
    close: () => closeAll(sockets),
  }
  const hear = (frames: readonly Frame[]): void => {
    crowd.posts += 1
    for (const { type, event, content } of frames) {
      if (type === 3) crowd.heardAt[Number.parseInt(String(content), 10)]?.push(performance.now())
      if (event === 'resync') crowd.resyncs += 1
    }
  }
  const own = async (userId: number, index: number): Promise<void> => {
    const query = { token: tokenOf(userId), frames: 'batch' as const, heartbeat: 480 }
    sockets[index] = await connect(testbed.base, query, hear)
  }
  await inParallel(members.slice(0, connected + 1).entries(), 20, ([index, userId]) => own(userId, index))
  return crowd
}

/** Resolves when a message has come to all, or nothing more has come for 10 s. @returns to how many. */
async function untilHeard({ heardAt, listeners }: Crowd, number: number): Promise<number> {
  const heard = (): number => heardAt[number]?.length ?? 0
  for (let [before, movedAt] = [0, performance.now()]; heard() < listeners; ) {
    await sleep(2)
    if (heard() > before) [before, movedAt] = [heard(), performance.now()]
    if (performance.now() - movedAt > 10_000) break
  }
  return heard()
}

/** What Redis and MySQL have done so far. */
async function openCounters({ environment, ...testbed }: Testbed) {
  const redis = new Redis(environment.REDIS_URL ?? '')
  const calls = async (name: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0)
  return {
    async during(work: () => Promise<unknown>) {
      const before = { scripts: await calls('evalsha'), hgetall: await calls('hgetall') }
      const meter = await startMeter(testbed)
      await work()
      const { seconds, queries = 0, cpuMs } = await meter.stop()
      const [scripts, hgetall] = [(await calls('evalsha')) - before.scripts, (await calls('hgetall')) - before.hgetall]
      return { seconds, queries, scripts, hgetall, cpuMs: cpuMs.functions ?? 0 }
    },
    close: () => redis.disconnect(),
  }
}

async function measureCrowd(testbed: Testbed, { members, connected }: Record<'members' | 'connected', number>) {
  const ids = await seedPeople(testbed.mysqlUrl, members)
  const crowd = await gather(testbed, ids, await seedGroup(testbed.mysqlUrl, ids), connected)
  const counters = await openCounters(testbed)
  console.log(`${members} members, of whom ${connected} are connected beside the one who speaks.\n`)
  // Code that has not run yet is slow, and so are sessions that are not in Redis.
  for (let warmUp = 0; warmUp < 3; warmUp++) await sayAndWait(crowd)

  const quiet = await counters.during(() => sleep(5_000))
  const [from, posts] = [crowd.sentAt.length, crowd.posts]
  const used = await counters.during(async () => {
    for (let each = 0; each < messages; each++) {
      await sayAndWait(crowd)
      await sleep(200)
    }
  })
  const mine = (total: 'queries' | 'scripts' | 'hgetall' | 'cpuMs'): number =>
    round((used[total] - (quiet[total] * used.seconds) / quiet.seconds) / messages)
  const times = crowd.sentAt.slice(from).map((sent, index) => {
    const heard = (crowd.heardAt[from + index] ?? []).map((at) => at - sent)
    return { first: Math.min(...heard), last: Math.max(...heard), missed: connected - heard.length }
  })
  const [first, last] = [percentiles(times.map((one) => one.first)), percentiles(times.map((one) => one.last))]
  const postsEach = (crowd.posts - posts) / messages
  print([
    {
      'first push p50 ms': first.p50,
      'max ms': first.max,
      'last push p50 ms': last.p50,
      'last max ms': last.max,
      posts: round(postsEach),
      'Redis scripts': mine('scripts'),
      'reads in them': mine('hgetall'),
      'SQL statements': mine('queries'),
      'functions CPU ms': mine('cpuMs'),
      'not heard': times.reduce((sum, { missed }) => sum + missed, 0),
    },
  ])
  console.log(`\nBy list prices one message is $${priceOf(postsEach).toFixed(4)}, nearly all of it posts.\n`)
  const rate = await sustain(crowd)
  await overload(crowd, Math.ceil(rate * 3))
  counters.close()
  await crowd.close()
}

async function sayAndWait(crowd: Crowd): Promise<void> {
  crowd.say()
  await untilHeard(crowd, crowd.sentAt.length - 1)
}

/** The next message is said when one has come to all. @returns messages a second. */
async function sustain(crowd: Crowd): Promise<number> {
  const [from, begun, resyncs] = [crowd.sentAt.length, performance.now(), crowd.resyncs]
  const end = begun + sustained.seconds * 1_000
  await inParallel(Array(sustained.inFlight).keys(), sustained.inFlight, async () => {
    while (performance.now() < end) await sayAndWait(crowd)
  })
  const seconds = (performance.now() - begun) / 1_000
  const rate = (crowd.sentAt.length - from) / seconds
  const pushes = (rate * crowd.listeners).toFixed(0)
  console.log(
    `Sustained: ${round(rate)} messages a second, ${pushes} pushes, ${crowd.resyncs - resyncs} told to catch up.`,
  )
  return rate
}

/** Three times as much for ten seconds: who takes arrays is told to catch up, and it is over soon after. */
async function overload(crowd: Crowd, perSecond: number): Promise<void> {
  const [from, posts, resyncs] = [crowd.sentAt.length, crowd.posts, crowd.resyncs]
  for (let each = 0; each < perSecond * 10; each++) {
    crowd.say()
    await sleep(1_000 / perSecond)
  }
  const said = performance.now()
  let [before, movedAt] = [0, said]
  while (performance.now() - movedAt < 3_000) {
    await sleep(10)
    if (crowd.posts > before) [before, movedAt] = [crowd.posts, performance.now()]
  }
  const frames = crowd.heardAt.slice(from).reduce((sum, { length }) => sum + length, 0)
  console.log(
    `Offered ${perSecond} messages a second for ten seconds: ${crowd.posts - posts} posts with ${frames} messages, ` +
      `${crowd.resyncs - resyncs} times somebody was told to catch up; quiet ${round((movedAt - said) / 1_000)} s after the last.`,
  )
}

/** Posts, and a fan-out function for each slice: a tenth of a second with half a GB. */
function priceOf(posts: number): number {
  const slices = 16
  const { websocketMessage, lambdaRequest, lambdaGbSecond } = listPrices
  return posts * websocketMessage.usd + slices * (lambdaRequest.usd + 0.1 * 0.5 * lambdaGbSecond.usd)
}

/** A pair alone, and beside groups whose messages are of another partition. */
async function measureBeside(testbed: Testbed, runs: number): Promise<void> {
  const people = await connectPeople(testbed, { pairs: 1, batch: false, acks: false })
  const [one, other] = people.speakers.map(({ person }) => person.id)
  if (one === undefined || other === undefined) throw new Error('nobody speaks')
  const own = partitionOf(`${Math.min(one, other)}:${Math.max(one, other)}`)
  const talk = async () => {
    takeLatencies(people)
    await pace(people, pair.perSecond, pair.seconds)
    await untilReceived(people)
    return percentiles(takeLatencies(people).received)
  }
  await talk()
  const rows: Record<string, string | number>[] = []
  for (const size of neighbour.sizes) {
    const crowd = await gatherElsewhere(testbed, size, own)
    for (let run = 1; run <= runs; run++) {
      const alone = await talk()
      const timer = setInterval(() => crowd.say(), 1_000 / neighbour.perSecond)
      const beside = await talk()
      clearInterval(timer)
      const slower = `${Math.round((beside.p50 / alone.p50 - 1) * 100)} %`
      rows.push({
        ...{ members: size, run, 'alone p50 ms': alone.p50, 'alone p99 ms': alone.p99 },
        ...{ 'beside p50 ms': beside.p50, 'beside p99 ms': beside.p99, 'p50 slower by': slower },
      })
      await sleep(500)
    }
    await crowd.close()
  }
  people.close()
  console.log(
    `\nA pair sends ${pair.perSecond} messages a second, alone and beside a group of another partition, of whom ` +
      `${neighbour.connected} are connected, in which ${neighbour.perSecond} a second are sent.\n`,
  )
  print(rows)
}

/** A group whose messages are in another partition than `own`. */
async function gatherElsewhere(testbed: Testbed, size: number, own: number): Promise<Crowd> {
  for (;;) {
    const ids = await seedPeople(testbed.mysqlUrl, size)
    const id = await seedGroup(testbed.mysqlUrl, ids)
    if (partitionOf(`group:${id}`) !== own) return await gather(testbed, ids, id, neighbour.connected)
  }
}

/** As the producer chooses it. */
function partitionOf(key: string): number {
  const partitionMetadata = Array.from({ length: messageTopic.partitions }, (_, partitionId) => {
    return { partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] }
  })
  return Partitioners.DefaultPartitioner()({
    topic: messageTopic.name,
    partitionMetadata,
    message: { key, value: null },
  })
}

function print(rows: readonly Record<string, string | number>[]): void {
  const names = Object.keys(rows[0] ?? {})
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  console.log([line(names), line(names.map(() => '--:')), ...rows.map((row) => line(Object.values(row)))].join('\n'))
}

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '10000' },
    connected: { type: 'string', default: '2000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const testbed = await openTestbed({ say: console.log })
// Tokens are signed here, too.
Object.assign(process.env, testbed.environment)
try {
  const size = { members: Number(values.members), connected: Number(values.connected) }
  if (values.only !== 'beside') await measureCrowd(testbed, size)
  if (values.only !== 'crowd') await measureBeside(testbed, Number(values.runs))
} finally {
  await testbed.stop()
}
process.exit()
