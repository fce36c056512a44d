/**
 * Connections to a store fall silent while nobody uses them: no end and no error comes, and what is sent is lost. Networks that
 * forget a connection do so, and stores that moved; the functions may be frozen meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { askInTurn } from './flow.ts'
import type { Store } from './names.ts'
import type { Stage } from './stage.ts'

const stoppedMs = 5_000
const frozenMs = 10 * 60_000
const talkMs = 3_000
// The client of MySQL asks for a sign of life where a connection was not used for a second; a write on another waits 5 s.
const idleMs = 1_500
// Every client notices within a second, and a message passes two or three of them.
const recoversWithinMs = 3_000

/** Lets the people rest, does this, and asks one thing after another before they go on. */
const unnoticed = (name: string, store: Store, strike: (stage: Stage) => unknown): Fault => ({
  name,
  pauseMs: 0,
  recoversWithinMs,
  // Heartbeats would use the connections, too.
  setting: { heartbeatMs: 30_000 },
  async inject(injection) {
    const { stage, workload, injected, recovered } = injection
    await workload.quiet(10_000)
    await sleep(idleMs)
    await strike(stage)
    injected()
    recovered()
    workload.recording.offences.push(...(await askInTurn(injection)))
    workload.begin()
    // Meanwhile the other functions use theirs.
    await sleep(talkMs)
    stage.network.to[store].cutSilent()
  },
})

const faultsOf = (title: string, store: Store): Fault[] => [
  unnoticed(`${title} connections fall silent`, store, ({ network }) => network.to[store].silence()),
  unnoticed(`${title} connections fall silent in a freeze`, store, async ({ network, freezer }) => {
    const thawed = freezer.freeze(stoppedMs, frozenMs)
    network.to[store].silence()
    await thawed
  }),
  unnoticed(`${title} connections fall silent as it moves`, store, ({ network }) => network.to[store].move()),
]

export const silenceFaults: readonly Fault[] = [
  ...faultsOf('MySQL', 'mysql'),
  ...faultsOf('Redis', 'redis'),
  ...faultsOf('Kafka', 'kafka'),
]
