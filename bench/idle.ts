/** Connections that only keep alive: what each costs in memory, and all of them in CPU. */
import { setTimeout as sleep } from 'node:timers/promises'
import { signUp } from '../infra/client/people.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import { closeAll, eachDevice, open } from './connect-storm.ts'
import { resultOf, round } from './figures.ts'
import { collectedHeap, type Heap } from './heap.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Stage } from './stage.ts'

export interface Idle {
  people: number
  devices: number
  /** Of heartbeats, evenly spread over the connections. */
  periodSeconds: number
  seconds: number
}

/** Opens the connections, lets everything settle, and counts while they beat. */
export async function idleConnections(stage: Stage, setting: Idle): Promise<Result> {
  const { people: count, devices, periodSeconds, seconds } = setting
  const people = await inParallel(Array(count).keys(), 4, () => signUp(stage.base, 'ada'))
  const empty = await heapOf(stage)
  const connections = await inParallel(eachDevice(people, devices), 20, (person) => open(stage.base, person))
  await sleep(2_000)

  const latencies: number[] = []
  const beats: Promise<void>[] = []
  let unanswered = 0
  const meter = await startMeter(stage)
  const start = performance.now()
  const perSecond = connections.length / periodSeconds
  for (let index = 0; index < perSecond * seconds; index++) {
    const wait = start + (index * 1000) / perSecond - performance.now()
    if (wait > 0) await sleep(wait)
    const begun = performance.now()
    const beat = connections[index % connections.length]?.beat()
    if (!beat) continue
    const answered = (): void => void latencies.push(performance.now() - begun)
    beats.push(
      beat.then(answered, () => {
        unanswered += 1
      }),
    )
  }
  await Promise.all(beats)
  const usage = await meter.stop()
  const full = await heapOf(stage)
  const isOpen = connections.filter(({ socket }) => socket.readyState === socket.OPEN).length
  await closeAll(connections.map(({ socket }) => socket))

  const perMinute = (milliseconds = 0): number => round((milliseconds * 60) / usage.seconds)
  const perConnection = (bytes: number): number => round(bytes / 1024 / connections.length)
  return resultOf({
    workload: 'idle connections',
    setting: { connections: connections.length, heartbeatSeconds: periodSeconds },
    operations: latencies.length,
    usage,
    latencies,
    more: {
      'still open': isOpen,
      ...(unanswered && { unanswered }),
      'functions CPU ms a minute': perMinute(usage.cpuMs.functions),
      'redis CPU ms a minute': perMinute(usage.cpuMs.redis),
      'heap KB a connection': perConnection(full.usedBytes - empty.usedBytes),
      'RSS KB a connection': perConnection(full.residentBytes - empty.residentBytes),
    },
  })
}

async function heapOf({ pids, inspectPort }: Stage): Promise<Heap> {
  return await collectedHeap({ pid: pids.functions ?? 0, port: inspectPort })
}
