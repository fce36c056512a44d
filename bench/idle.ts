/** Connections with nothing but heartbeats: the memory of each, and the CPU of all. */
import { setTimeout as sleep } from 'node:timers/promises'
import { signUp } from '../infra/client/people.ts'
import { inspect } from '../infra/inspector.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import { closeAll, eachDevice, open } from './connect-storm.ts'
import { resultOf, round } from './figures.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Testbed } from './testbed.ts'

export interface Idle {
  people: number
  devices: number
  /** Of heartbeats, evenly spread over the connections, which ask for it. */
  periodSeconds: number
  seconds: number
}

/** Opens the connections, waits 2 s, and measures while they send heartbeats. */
export async function idleConnections(testbed: Testbed, setting: Idle): Promise<Result> {
  const { people: count, devices, periodSeconds } = setting
  const people = await inParallel(Array(count).keys(), 4, () => signUp(testbed.base, 'ada'))
  const empty = await memoryOf(testbed)
  const connections = await inParallel(eachDevice(people, devices), 20, (person) =>
    open(testbed.base, person, periodSeconds),
  )
  await sleep(2_000)

  const meter = await startMeter(testbed)
  const { latencies, unanswered } = await beatAll(connections, setting)
  const usage = await meter.stop()
  const full = await memoryOf(testbed)
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

/** Sends heartbeats, evenly spread over the connections and the time. */
async function beatAll(
  connections: Awaited<ReturnType<typeof open>>[],
  { periodSeconds, seconds }: Idle,
): Promise<{ latencies: number[]; unanswered: number }> {
  const latencies: number[] = []
  let unanswered = 0
  const start = performance.now()
  const perSecond = connections.length / periodSeconds
  const beats: Promise<void>[] = []
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
  return { latencies, unanswered }
}

/** The memory of the functions' process after it has collected its garbage. */
async function memoryOf({ pids, inspectPort }: Testbed): Promise<{ usedBytes: number; residentBytes: number }> {
  return await inspect({ pid: pids.functions ?? 0, port: inspectPort }, async (tell) => {
    // The second takes what was reachable only from garbage.
    await tell('HeapProfiler.collectGarbage')
    await tell('HeapProfiler.collectGarbage')
    const expression = 'JSON.stringify(process.memoryUsage())'
    const { result } = await tell<{ result: { value: string } }>('Runtime.evaluate', {
      expression,
      returnByValue: true,
    })
    const { heapUsed, external, rss } = JSON.parse(result.value) as NodeJS.MemoryUsage
    return { usedBytes: heapUsed + external, residentBytes: rss }
  })
}
