/** Redis is emptied while many people are online and say little: presence comes back by heartbeats alone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { logIn, type Person } from '../../infra/client/people.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import type { Fault } from './fault.ts'
import { listOf, numberOf } from './frame.ts'
import { ask } from './http.ts'
import { findAlive } from './session.ts'
import { tellRedis } from './stage.ts'

const online = 100
// The interval of GoChat's clients.
const heartbeatMs = 30_000
// For the request that is answered after the last heartbeat.
const slackMs = 1_500

export const presenceFaults: readonly Fault[] = [
  {
    name: `Redis emptied while ${online} people are online`,
    pauseMs: 500,
    setting: { people: online, perSecond: 20, messages: 500, injections: 1, heartbeatMs },
    async inject({ stage, workload: { people, recording }, injected }) {
      const before = await untilOnline(stage.url, people, heartbeatMs)
      if (before.length > 0) recording.offences.push(`not online to begin with: ${before.join(', ')}`)
      const ended = await inParallel(people.slice(0, 5), 2, (person) => endedSession(stage.url, person))

      const emptiedAt = Date.now()
      if ((await tellRedis(stage.redisPort, 'FLUSHALL')) === '+OK') injected()
      recording.offences.push(...(await findAlive(stage.url, ended)))
      const after = await untilOnline(stage.url, people, emptiedAt + heartbeatMs + slackMs - Date.now())
      if (after.length > 0) recording.offences.push(`not online again after a heartbeat: ${after.join(', ')}`)
      recording.offences.push(...(await findAlive(stage.url, ended)))
    },
  },
]

/** Waits until a friend has seen each of them online. @returns the ids of those whom nobody saw. */
async function untilOnline(base: string, people: readonly Person[], timeoutMs: number): Promise<number[]> {
  const missing = new Set(people.map(({ id }) => id))
  for (const deadline = Date.now() + timeoutMs; missing.size > 0 && Date.now() < deadline; await sleep(500)) {
    await inParallel(people, 2, async ({ token }) => {
      const reply = await ask(base, 'GET', '/api/friend/list', token)
      for (const row of listOf(reply?.data)) {
        if (Reflect.get(Object(row), 'online') === true) missing.delete(numberOf(row, 'id'))
      }
    })
  }
  return [...missing]
}

/** Opens a session and ends it. @returns its token. */
async function endedSession(base: string, { name }: Person): Promise<string> {
  const token = await logIn(base, name)
  await ask(base, 'POST', '/api/user/logout', token)
  return token
}
