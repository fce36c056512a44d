/** Messages at a steady rate, alone and beside log-ins: what others notice of the hashing of passwords. */
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from '../infra/client/http.ts'
import { signUp } from '../infra/client/people.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import { percentiles } from './figures.ts'
import { type OpenLoop, openLoop } from './loop.ts'
import type { Result } from './result.ts'
import type { Target } from './testbed.ts'

interface Hashing extends OpenLoop {
  /** Log-ins a second, each sent when it is due. */
  logInsPerSecond: number
  runs: number
}

/** In each run first without log-ins, then with them. */
export async function measureHashing(
  target: Target,
  { logInsPerSecond, runs, ...loop }: Hashing,
  onResult: (result: Result) => void,
): Promise<void> {
  const names = await inParallel(Array(20).keys(), 2, async () => (await signUp(target.base, 'ada')).name)
  for (let run = 1; run <= runs; run++) {
    for (const perSecond of [0, logInsPerSecond]) {
      // Not before all have signed up, who could be refused.
      let logIns: ReturnType<typeof startLogIns> | undefined
      const { setting, more, ...result } = await openLoop(target, loop, () => {
        logIns = startLogIns(target.base, names, perSecond)
      })
      const figures = await logIns?.stop()
      const own = { run, 'log-ins a second': perSecond }
      onResult({
        ...result,
        workload: 'beside log-ins',
        setting: { ...setting, ...own },
        more: { ...more, ...figures },
      })
    }
  }
}

/** Logs people in, in turn, until it is stopped; those above the bound of waiting hashes are answered 503. */
function startLogIns(base: string, names: readonly string[], perSecond: number) {
  const latencies: number[] = []
  const counts = { 'logged in': 0, 'log-ins refused': 0 }
  const open = new Set<Promise<void>>()
  const start = performance.now()
  let isOpen = perSecond > 0

  async function logIn(username: string | undefined): Promise<void> {
    const begun = performance.now()
    const payload = JSON.stringify({ username, password: 'a password' })
    const { status } = await request(base, { method: 'POST', path: '/api/user/login', payload })
    counts[status === 200 ? 'logged in' : 'log-ins refused'] += 1
    if (status === 200) latencies.push(performance.now() - begun)
  }

  async function pace(): Promise<void> {
    for (let index = 0; isOpen; index++) {
      await sleep(Math.max(0, start + (index * 1000) / perSecond - performance.now()))
      const one = logIn(names[index % names.length]).finally(() => open.delete(one))
      open.add(one)
      // It is looked at in the end.
      one.catch(() => undefined)
    }
  }

  const paced = pace()
  return {
    async stop(): Promise<Record<string, number>> {
      isOpen = false
      await paced
      await Promise.all(open)
      return perSecond > 0 ? { ...counts, 'log-in p50 ms': percentiles(latencies).p50 } : {}
    },
  }
}
