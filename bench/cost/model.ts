/** From counts to dollars: a million messages, a thousand idle connections, a stage that does nothing. */
import type { Count, Step, Walk } from './count.ts'
import type { PriceName, Terms } from './prices.ts'
import { billedMs, ecpus, logWrites } from './units.ts'

/** So much of something, and what it costs. */
export interface Line {
  component: string
  what: string
  quantity: number
  usd: number
}

const million = 1e6
const gigabyte = 1e9
const minutesOfHour = 60

/** The sum of what lines cost. */
export const total = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0)

/** The sums of components. */
export function byComponent(lines: readonly Line[]): Map<string, number> {
  const groups = Map.groupBy(lines, ({ component }) => component)
  return new Map([...groups].map(([component, group]) => [component, total(group)]))
}

/** Dollars as they are shown. */
export const dollars = (value: number): string => (value < 10 ? value.toFixed(3) : value.toFixed(2))

/** Milliseconds that an invocation of each function is billed. */
export function billed(walk: Walk, { assumptions }: Terms): { accept: number; store: number } {
  const { cpuFactor, acceptWaitMs, storeWaitMs } = assumptions
  return {
    accept: billedMs(walk.accept.timing, { cpuFactor, addedMs: acceptWaitMs }),
    store: billedMs(walk.store.timing, { cpuFactor, addedMs: storeWaitMs }),
  }
}

/** A million messages, each stored, delivered to one device and acknowledged, in batches of the walk's size. */
export function messageLines(walk: Walk, { rowBytes }: Count, terms: Terms): Line[] {
  const { prices, assumptions: given } = terms
  const { accept, store, read } = walk
  const times = million / walk.messages
  const line = lineIn(prices)
  const { accept: acceptMs, store: storeMs } = billed(walk, terms)
  const io = logWrites(store.counts.database.logBytes, store.counts.database.commits) * given.ioFactor
  const acuHours = (store.counts.database.cpuMs * times) / 3_600_000 / given.vcpuOfAcu
  const kafkaBytes = accept.counts.kafka.bytesIn + read.bytesOut
  const keptGb = (accept.counts.kafka.bytesIn * times * given.kafkaReplicas) / gigabyte
  const logged = logBytes(accept, terms) + logBytes(store, terms)
  const viewed = store.counts.posts.bytes + accept.bytesOut
  return [
    line('API Gateway', 'frames in', (accept.meteredIn + accept.meteredOut) * times, 'websocketMessage'),
    line('API Gateway', 'posts: one to the recipient, one ack', store.counts.posts.metered * times, 'websocketMessage'),
    line('Lambda', 'socketMessage, invocations', accept.calls * times, 'lambdaRequest'),
    line('Lambda', 'socketMessage, GB-s', gbSeconds(accept.calls * times, acceptMs, terms), 'lambdaGbSecond'),
    line('Lambda', 'streamPersist, invocations', store.calls * times, 'lambdaRequest'),
    line('Lambda', 'streamPersist, GB-s', gbSeconds(store.calls * times, storeMs, terms), 'lambdaGbSecond'),
    line('Aurora', 'I/O', io * times, 'databaseIo'),
    line('Aurora', 'ACU hours', acuHours, 'acuHour'),
    line('Aurora', 'GB kept for the first month', (rowBytes * million) / gigabyte, 'databaseGbMonth'),
    line('Kafka', 'GB across zones', (kafkaBytes * times * given.crossZoneShare) / gigabyte, 'crossZoneGb'),
    line('Kafka', 'GB-months kept', (keptGb * given.kafkaDays) / 30, 'brokerGbMonth'),
    line('Valkey', 'ECPUs', ecpusOfWalk(walk, given.ecpuMicroseconds) * times, 'ecpu'),
    ...logLines(logged * times, terms),
    line('CloudFront', 'GB to viewers', (viewed * times) / gigabyte, 'edgeGb'),
  ]
}

/**
 * A million messages in a group of which so many are online, the sender's device among them: what is said to a pair, but with a
 * post for each. Finding who is online is at most 64 commands a batch.
 */
export function groupLines(online: number, walk: Walk, count: Count, terms: Terms): Line[] {
  const { prices } = terms
  const posts = (million * walk.store.counts.posts.metered) / walk.messages
  const more = (online * million) / posts
  const isOfEach = ({ what }: Line): boolean => what.startsWith('posts') || what === 'GB to viewers'
  const lookedUp = (mostLookUps * million) / walk.size
  return [
    ...messageLines(walk, count, terms).map((line) =>
      isOfEach(line) ? { ...line, quantity: line.quantity * more, usd: line.usd * more } : line,
    ),
    lineIn(prices)('Valkey', 'ECPUs of looking up who is online, at most', lookedUp, 'ecpu'),
  ]
}

const mostLookUps = 64

export interface Idling {
  everySeconds: number
  hasPong: boolean
}

/** What an hour of such a connection is: as it was lived through, or worked out where this interval was not. */
export function idleHour({ everySeconds }: Pick<Idling, 'everySeconds'>, { lives }: Count, terms: Terms) {
  const life = lives.find((each) => each.everySeconds === everySeconds)
  if (!life) return { beats: 3_600 / everySeconds, opened: 1 / terms.assumptions.connectionHours, goodbyes: 0 }
  return { beats: life.meteredIn / life.hours, opened: life.lives / life.hours, goodbyes: life.meteredOut / life.hours }
}

/** A thousand connections for a month, on which nothing passes but heartbeats. */
export function idleLines({ everySeconds, hasPong }: Idling, count: Count, terms: Terms): Line[] {
  const { prices, assumptions: given } = terms
  const line = lineIn(prices)
  const hours = 1_000 * given.monthHours
  const beat = hasPong ? count.heartbeatWithPong : count.heartbeat
  const hour = idleHour({ everySeconds }, count, terms)
  const [beats, opened] = [hours * hour.beats, hours * hour.opened]
  const { authorize, connect, disconnect } = count.connecting
  const connecting = [authorize, connect, disconnect]
  const cpu = { cpuFactor: given.cpuFactor, addedMs: given.connectionWaitMs }
  const connectingMs = connecting.reduce((sum, { timing }) => sum + billedMs(timing, cpu), 0)
  const each = (of: (step: Step) => number): number =>
    (beats * of(beat)) / beat.calls + connecting.reduce((sum, step) => sum + (opened * of(step)) / step.calls, 0)
  return [
    line('API Gateway', 'connection minutes', hours * minutesOfHour, 'connectionMinute'),
    line('API Gateway', 'heartbeats', (beats * beat.meteredIn) / beat.calls, 'websocketMessage'),
    line('API Gateway', 'pongs', (beats * beat.meteredOut) / beat.calls, 'websocketMessage'),
    line('API Gateway', 'goodbyes', hours * hour.goodbyes, 'websocketMessage'),
    line(
      'Lambda',
      'invocations',
      each(({ calls }) => calls),
      'lambdaRequest',
    ),
    line(
      'Lambda',
      'GB-s',
      gbSeconds(beats, billedMs(beat.timing, cpu), terms) + gbSeconds(opened, connectingMs, terms),
      'lambdaGbSecond',
    ),
    line(
      'Valkey',
      'ECPUs',
      each((step) => ecpusOf(step, given.ecpuMicroseconds)),
      'ecpu',
    ),
    ...logLines(
      each((step) => logBytes(step, terms)),
      terms,
    ),
  ]
}

interface Item {
  component: string
  what: string
  quantity: number
  price: PriceName
}

const brokers = (price: PriceName, gb: number): Item[] => [
  { component: 'Kafka', what: 'brokers', quantity: 3, price },
  { component: 'Kafka', what: 'GB of disks', quantity: 3 * gb, price: 'brokerGbMonth' },
]
const pollers: Item = {
  component: 'Lambda',
  what: 'poller units of the mappings',
  quantity: 1,
  price: 'pollerUnitHour',
}
/** It runs for 58 s of each minute, with 256 MB, and asks each hash tag once a second. */
const announcer = (monthHours: number): Item[] => {
  const seconds = monthHours * 3_600 * (58 / 60)
  return [
    { component: 'Lambda', what: 'announcer, GB-s', quantity: seconds * 0.25, price: 'lambdaGbSecond' },
    { component: 'Valkey', what: 'ECPUs of the announcer', quantity: seconds * 64, price: 'ecpu' },
  ]
}
const cache: Item = { component: 'Valkey', what: 'GB', quantity: 0.1, price: 'cacheGbHour' }
const aurora = (quantity: number): Item => ({ component: 'Aurora', what: 'ACUs', quantity, price: 'acuHour' })
const small = (alarms: number): Item[] => [
  { component: 'Others', what: 'secrets', quantity: 2, price: 'secretMonth' },
  { component: 'Others', what: 'alarms', quantity: alarms, price: 'alarmMonth' },
]

/** What stands there without a message, as the data stack sizes it. A database that sleeps costs nothing but its storage. */
const stagesOf = (monthHours: number): Record<string, readonly Item[]> => ({
  'dev, awake': [...brokers('brokerSmallHour', 10), pollers, ...announcer(monthHours), aurora(0.5), cache, ...small(5)],
  'dev, database asleep': [
    ...brokers('brokerSmallHour', 10),
    pollers,
    ...announcer(monthHours),
    aurora(0),
    cache,
    ...small(5),
  ],
  'prod, small': [
    ...brokers('brokerLargeHour', 100),
    pollers,
    aurora(2 * 0.5),
    { component: 'RDS Proxy', what: 'ACUs, at least 8', quantity: 8, price: 'proxyAcuHour' },
    ...announcer(monthHours),
    cache,
    ...small(10),
  ],
})

/** What each stage costs for so many hours. */
export function stageLines(hours: number, { prices, assumptions }: Terms): Map<string, Line[]> {
  const timesOf = (price: PriceName): number => (price.endsWith('Hour') ? hours : hours / assumptions.monthHours)
  const lineOf = ({ component, what, quantity, price }: Item): Line => {
    return { component, what, quantity, usd: quantity * timesOf(price) * prices[price].usd }
  }
  return new Map(Object.entries(stagesOf(assumptions.monthHours)).map(([stage, items]) => [stage, items.map(lineOf)]))
}

/** ECPUs of all calls of a step. */
export const ecpusOf = ({ counts }: Step, unitMicroseconds: number): number => ecpus(counts.redis, unitMicroseconds)

/** ECPUs of all messages of a walk. */
export const ecpusOfWalk = ({ accept, store }: Walk, unitMicroseconds: number): number =>
  ecpusOf(accept, unitMicroseconds) + ecpusOf(store, unitMicroseconds)

function lineIn(prices: Terms['prices']) {
  return (component: string, what: string, quantity: number, price: PriceName): Line => {
    return { component, what, quantity, usd: quantity * prices[price].usd }
  }
}

function gbSeconds(calls: number, ms: number, { assumptions }: Terms): number {
  return (calls * ms * assumptions.memoryGb) / 1_000
}

function logBytes({ calls, counts }: Step, { assumptions: { logEventBytes, platformLogBytes } }: Terms): number {
  return counts.log.bytes + counts.log.events * logEventBytes + calls * platformLogBytes
}

function logLines(bytes: number, { prices, assumptions }: Terms): Line[] {
  const line = lineIn(prices)
  const gb = bytes / gigabyte
  return [
    line('CloudWatch', 'GB of logs', gb, 'logGb'),
    line('CloudWatch', 'GB-months of logs', (gb * assumptions.logDays) / 30, 'logGbMonth'),
  ]
}
