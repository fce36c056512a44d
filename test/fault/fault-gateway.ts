/** Faults on the way to the clients: what the gateway answers to posts. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './episode.ts'
import type { Passed } from './gate-http.ts'

type Answer = (pass: () => Promise<Passed>) => Promise<Passed | undefined>

const refuse =
  (status: number): Answer =>
  async () => ({ status, headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') })

/** Some connections are struck for a while, all others are not; the last strike lasts until all is quiet. */
function postsAnswered(name: string, answer: Answer): Fault {
  return {
    name,
    pauseMs: 500,
    async inject({ stage, random, struck }) {
      const victims = new Map<string, boolean>()
      stage.posts.rule(async (url, pass) => {
        const isVictim = victims.get(url) ?? (victims.size === 0 || random.chance(0.12))
        victims.set(url, isVictim)
        if (!isVictim) return await pass()
        struck()
        return await answer(pass)
      })
      await sleep(1_500)
    },
    calm: ({ posts }) => posts.rule(undefined),
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
    async inject({ workload, struck }) {
      if (workload.leaveOne('cut')) struck()
    },
  },
  {
    name: 'client thrown out for a wrong frame',
    pauseMs: 500,
    async inject({ workload, struck }) {
      if (workload.leaveOne('nonsense')) struck()
    },
  },
]
