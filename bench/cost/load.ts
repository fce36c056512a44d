/** What so many people ask of each part at their busiest second. */
import type { Count, Step, Walk } from './count.ts'
import { billed, ecpusOf, ecpusOfWalk } from './model.ts'
import type { Terms } from './prices.ts'
import { billedMs } from './units.ts'

/** How people are taken to behave. */
export const behaviour = {
  /** Shares of all people. */
  onlineAtPeak: 0.1,
  onlineOnAverage: 0.05,
  /** Connections of somebody who is online. */
  devices: 1.3,
  /** How often somebody comes, or goes, for longer than seconds. */
  changesADay: 10,
  friends: 50,
  messagesADay: 30,
  requestsADay: 20,
  /** The busiest second, in average seconds. */
  peakFactor: 3,
  heartbeatSeconds: 30,
  /** What a request of the HTTP API is billed, ms. */
  requestMs: 30,
}

/** What the stacks are deployed with, in prod. */
export const settings = {
  partitions: 12,
  pollers: 4,
  acus: 16,
  ecpusASecond: 50_000,
  brokers: 3,
  /** To MySQL. */
  connectionsOfFunction: 2,
}

// Half of a partition's time is left free. A poller carries five invocations, or 5 MB/s.
const busyShare = 0.5
const [invocationsOfPoller, bytesOfPoller] = [5, 5e6]
const largestBatch = 500
const databaseBusyShare = 0.7
const [secondsOfDay, daysOfYear] = [86_400, 365]
export type Load = ReturnType<typeof loadOf>

/** Figures of the busiest second. */
export function loadOf(people: number, count: Count, terms: Terms, heartbeatSeconds = behaviour.heartbeatSeconds) {
  const rates = ratesOf(people, terms, heartbeatSeconds)
  const { connections, messages, heartbeats, opened, requests } = rates
  const storing = storingOf(messages, count, terms)
  const { partitions, batch, stored } = storing
  const { accepted, opening } = takingIn(rates, count, terms)
  const asked = (requests * behaviour.requestMs) / 1_000
  const together = accepted + stored + opening + asked
  const ofMessage = (of: (walk: Walk) => number): number =>
    messages * between(count.walks, batch, (walk) => of(walk) / walk.messages)
  const { ecpuMicroseconds } = terms.assumptions
  const units = (walk: Walk): number => ecpusOfWalk(walk, ecpuMicroseconds)
  const beatUnits = ecpusOf(count.heartbeat, ecpuMicroseconds) / count.heartbeat.calls
  const kafkaBytes = ofMessage(({ accept }) => accept.counts.kafka.bytesIn)
  const databaseCores = ofMessage(({ store }) => store.counts.database.cpuMs) / 1_000
  return {
    connections,
    'messages/s': messages,
    'heartbeats/s': heartbeats,
    'HTTP requests/s': requests,
    // A frame in, a push and an ack out.
    'gateway requests/s': messages * 3 + heartbeats + opened + requests,
    'new connections/s': opened,
    partitions,
    'records of a batch': batch,
    pollers: Math.ceil(Math.max(stored / invocationsOfPoller, kafkaBytes / bytesOfPoller)),
    'socketMessage at once': accepted,
    'streamPersist at once': stored,
    'functions of connections at once': opening,
    'HTTP functions at once': asked,
    'invocations at once': together,
    'connections to each broker': accepted,
    'connections to Redis': together,
    'connections to MySQL': (stored + asked) * settings.connectionsOfFunction,
    ACUs: Math.max(0.5, databaseCores / terms.assumptions.vcpuOfAcu / databaseBusyShare),
    'ECPUs/s': ofMessage(units) + heartbeats * beatUnits,
    'cache, GB': Math.max(0.1, (connections * count.cacheBytes) / 1e9),
    'Kafka, MB/s in': kafkaBytes / 1e6,
    'stored a year, TB': (people * behaviour.messagesADay * daysOfYear * count.rowBytes) / 1e12,
  }
}

function ratesOf(people: number, { assumptions }: Terms, heartbeatSeconds: number) {
  const connections = people * behaviour.onlineAtPeak * behaviour.devices
  const atPeak = (perDay: number): number => ((people * perDay) / secondsOfDay) * behaviour.peakFactor
  return {
    connections,
    messages: atPeak(behaviour.messagesADay),
    requests: atPeak(behaviour.requestsADay),
    heartbeats: connections / heartbeatSeconds,
    opened: connections / (assumptions.connectionHours * 3_600),
  }
}

/** How messages are stored: partitions, records of a batch, and invocations under way. */
function storingOf(messages: number, count: Count, terms: Terms) {
  const storeMs = (walk: Walk): number => billed(walk, terms).store / walk.size
  const ofRecord = between(count.walks, Number.POSITIVE_INFINITY, storeMs)
  const partitions = Math.max(settings.partitions, Math.ceil((messages * ofRecord) / 1_000 / busyShare))
  const batch = batchOf(messages / partitions, count, terms)
  return { partitions, batch, stored: (messages * between(count.walks, batch, storeMs)) / 1_000 }
}

/** Invocations under way of what answers sockets. */
function takingIn({ messages, heartbeats, opened }: ReturnType<typeof ratesOf>, count: Count, terms: Terms) {
  const { cpuFactor, connectionWaitMs } = terms.assumptions
  const msOf = ({ timing }: Step): number => billedMs(timing, { cpuFactor, addedMs: connectionWaitMs })
  const { authorize, connect, disconnect } = count.connecting
  return {
    accepted: (messages * billed(last(count.walks), terms).accept + heartbeats * msOf(count.heartbeat)) / 1_000,
    opening: (opened * (msOf(authorize) + msOf(connect) + msOf(disconnect))) / 1_000,
  }
}

/** Records that wait in a partition while its last batch is stored, so many a second. */
export function batchOf(perSecond: number, count: Count, terms: Terms): number {
  const storeMs = (walk: Walk): number => billed(walk, terms).store / walk.size
  const ofRecord = between(count.walks, Number.POSITIVE_INFINITY, storeMs)
  const ofBatch = between(count.walks, 1, storeMs) - ofRecord
  const busy = (perSecond * ofRecord) / 1_000
  if (busy >= 1) return largestBatch
  return Math.min(largestBatch, Math.max(1, (perSecond * ofBatch) / 1_000 / (1 - busy)))
}

/** A figure of one message at a size of batch that was not walked: a batch's own share falls as one over its size. */
export function between(walks: readonly Walk[], size: number, of: (walk: Walk) => number): number {
  const next = walks.find((walk) => walk.size >= size) ?? last(walks)
  const before = walks[Math.max(0, walks.indexOf(next) - 1)] ?? next
  if (before === next || next.size === size) return of(next)
  const share = (1 / size - 1 / next.size) / (1 / before.size - 1 / next.size)
  return of(next) + share * (of(before) - of(next))
}

function last(walks: readonly Walk[]): Walk {
  const walk = walks.at(-1)
  if (!walk) throw new Error('nothing was counted')
  return walk
}
