/** Faults between the consumer and the clients: the gateway answers posts wrongly, late or never. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import type { Passed } from './proxy-http.ts'

type Answer = (pass: () => Promise<Passed>) => Promise<Passed | undefined>

const refuse =
  (status: number): Answer =>
  async () => ({ status, headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') })

/** Posts to a few connections are answered so, all others pass. The last injection lasts until everything is idle. */
function postsAnswered(name: string, answer: Answer): Fault {
  return {
    name,
    pauseMs: 500,
    async inject({ stage, random, injected }) {
      const victims = new Map<string, boolean>()
      stage.posts.rule(async (url, pass) => {
        const isVictim = victims.get(url) ?? (victims.size === 0 || random.chance(0.12))
        victims.set(url, isVictim)
        if (!isVictim) return await pass()
        injected()
        return await answer(pass)
      })
      await sleep(1_500)
    },
    restore: ({ posts }) => posts.rule(undefined),
  }
}

export const gatewayFaults: readonly Fault[] = [
  postsAnswered('posts answered 410', refuse(410)),
  postsAnswered('posts answered 429', refuse(429)),
  postsAnswered('posts answered 500', refuse(500)),
  postsAnswered('posts delivered, but answered too late', async (pass) => {
    const passed = await pass()
    await sleep(1_300)
    return passed
  }),
  postsAnswered('posts cut without an answer', async () => undefined),
  {
    name: 'client cut in the middle of a frame',
    pauseMs: 500,
    async inject({ workload, injected }) {
      if (workload.leaveOne('cut')) injected()
    },
  },
  {
    name: 'client thrown out for a wrong frame',
    pauseMs: 500,
    async inject({ workload, injected }) {
      if (workload.leaveOne('nonsense')) injected()
    },
  },
]
