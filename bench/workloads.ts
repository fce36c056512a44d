/** The workloads by name, each with its sizes. */
import { connectStorm } from './connect-storm.ts'
import { drainOffline, drainOnline } from './drain.ts'
import { measureHashing } from './hashing.ts'
import { measureHttp } from './http.ts'
import { idleConnections } from './idle.ts'
import { measureImports } from './import.ts'
import { measureInserts } from './insert.ts'
import { closedLoop, openLoop } from './loop.ts'
import { measurePaths } from './paths/index.ts'
import type { Form } from './people.ts'
import { measureProfiles } from './profile.ts'
import type { Result } from './result.ts'
import type { Target, Testbed } from './testbed.ts'

/** Called with each result as soon as it is there. */
export type OnResult = (result: Result) => void

export type Workload<T extends Target> = (target: T, scale: Scale, onResult: OnResult) => Promise<void>

/** Durations and sizes. */
export interface Scale {
  pairs: number
  closed: { seconds: number; warmUpSeconds: number }
  open: { seconds: number; warmUpSeconds: number }
  http: { seconds: number; friends: readonly number[] }
  hashing: { seconds: number; warmUpSeconds: number; runs: number }
  storm: { people: number; devices: number; atOnce: number }
  idle: { people: number; devices: number; periodSeconds: number; seconds: number }
  drain: { offline: number; online: number }
  profile: { seconds: number; warmUpSeconds: number }
}

export const full: Scale = {
  pairs: 20,
  closed: { seconds: 20, warmUpSeconds: 5 },
  open: { seconds: 30, warmUpSeconds: 3 },
  http: { seconds: 5, friends: [10, 200, 1_000] },
  hashing: { seconds: 10, warmUpSeconds: 3, runs: 3 },
  storm: { people: 100, devices: 5, atOnce: 50 },
  idle: { people: 100, devices: 20, periodSeconds: 30, seconds: 60 },
  drain: { offline: 100_000, online: 20_000 },
  profile: { seconds: 8, warmUpSeconds: 5 },
}

/** Whether the workloads run, in some two minutes; the figures say little. */
export const quick: Scale = {
  pairs: 4,
  closed: { seconds: 2, warmUpSeconds: 1 },
  open: { seconds: 3, warmUpSeconds: 1 },
  http: { seconds: 0.5, friends: [10, 200] },
  hashing: { seconds: 5, warmUpSeconds: 1, runs: 3 },
  storm: { people: 10, devices: 5, atOnce: 10 },
  idle: { people: 10, devices: 5, periodSeconds: 2, seconds: 4 },
  drain: { offline: 10_000, online: 2_000 },
  profile: { seconds: 1, warmUpSeconds: 1 },
}

const load = { inFlight: 8, perSecond: 200 }
const besideLogIns = { perSecond: 50, logInsPerSecond: 15 }
const forms: Form[] = [
  { batch: false, acks: false },
  { batch: true, acks: false },
  { batch: false, acks: true },
  { batch: true, acks: true },
]

/** For every server that speaks GoChat's protocol; one of ours is also measured with our additions. */
export const ofGoChat: Record<'closed' | 'open' | 'http' | 'hashing', Workload<Target>> = {
  async closed(target, { pairs, closed }, onResult) {
    for (const form of formsOf(target)) onResult(await closedLoop(target, { pairs, ...load, ...form, ...closed }))
  },
  async open(target, { pairs, open }, onResult) {
    for (const form of formsOf(target)) onResult(await openLoop(target, { pairs, ...load, ...form, ...open }))
  },
  http: (target, scale, onResult) => measureHttp(target, scale.http, onResult),
  hashing: (target, { pairs, hashing }, onResult) =>
    measureHashing(target, { pairs, batch: false, acks: false, ...besideLogIns, ...hashing }, onResult),
}

/** For servers that the bench has started. */
export const ofOurs: Record<'storm' | 'idle' | 'drain' | 'profile', Workload<Testbed>> = {
  async storm(testbed, scale, onResult) {
    onResult(await connectStorm(testbed, scale.storm))
  },
  async idle(testbed, scale, onResult) {
    onResult(await idleConnections(testbed, scale.idle))
  },
  async drain(testbed, { pairs, drain }, onResult) {
    onResult(await drainOffline(testbed, { records: drain.offline, conversations: 100 }))
    for (const batch of [false, true]) {
      onResult(await drainOnline(testbed, { records: drain.online, conversations: pairs, batch }))
    }
  },
  profile: (testbed, { pairs, profile }, onResult) =>
    measureProfiles(testbed, { pairs, ...load, ...profile }, onResult),
}

/** For parts alone: the hot paths, the database, the bundles. Their sizes are their own. */
export const ofParts: Record<'paths' | 'inserts' | 'imports', Workload<Testbed>> = {
  async paths(testbed, _scale, onResult) {
    for (const result of await measurePaths(testbed)) onResult(result)
  },
  async inserts(testbed, _scale, onResult) {
    for (const result of await measureInserts(testbed)) onResult(result)
  },
  async imports(_stage, _scale, onResult) {
    for (const result of await measureImports()) onResult(result)
  },
}

const formsOf = ({ mysqlUrl }: Target) => (mysqlUrl === undefined ? forms.slice(0, 1) : forms)
