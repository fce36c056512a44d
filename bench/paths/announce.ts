/** The cost of telling friends who comes and who goes: the service, called directly, with real stores, and a sink for its posts. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Cluster } from 'ioredis'
import { openGateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { announce } from '../../lib/service/contact/announcement.ts'
import { seedFriendships, seedPeople } from '../seed.ts'
import { answer } from './child.ts'
import { measureInTurn, type Path } from './repeat.ts'

const crowds = [
  { friends: 10, operations: 60 },
  { friends: 100, operations: 20 },
  { friends: 500, operations: 10 },
  { friends: 1_000, operations: 6 },
  { friends: 2_000, operations: 4 },
]
const heartbeatMs = 480_000
// A change has lasted by then.
const settledMs = 4_000

await answer(async (servers) => {
  const sink = fork(join(import.meta.dirname, 'sink.ts'))
  const [port] = await once(sink, 'message')
  const gateway = openGateway(`http://127.0.0.1:${port}`)
  const begun = Date.now()
  let clock = begun
  const paths: Path[] = []
  for (const { friends, operations } of crowds) {
    const [owner = 0, ...others] = await seedPeople(servers.mysqlUrl, friends + 1)
    const pairs = others.map((other) => [owner, other] as const)
    await seedFriendships(servers.mysqlUrl, pairs)
    await inParallel(others, 50, (other) => presence.arrive({ redis }, deviceOf(other), begun))
    // They are told about, too, before the clock starts.
    const prepare = () => () => change(owner, operations)
    paths.push({ workload: 'announce', setting: { 'friends online': friends }, operations, prepare })
  }

  async function change(owner: number, times: number): Promise<void> {
    for (let each = 0; each < times; each++) {
      clock += 100
      if (each % 2 === 0) await presence.arrive({ redis }, deviceOf(owner), clock)
      else await presence.leave({ redis }, owner, deviceOf(owner).id, clock)
      const told = await announce({ db, redis, gateway }, clock + settledMs)
      if (told !== 1) throw new Error(`${told} changes were told in place of one`)
    }
  }

  // The friends themselves have come, and are told of.
  while ((await announce({ db, redis, gateway }, begun + settledMs)) > 0);
  const results = await measureInTurn(servers, paths)
  sink.disconnect()
  ;(redis as Cluster).disconnect()
  return results
})

function deviceOf(userId: number): presence.Connection {
  return {
    id: `device-of-${userId}=`,
    userId,
    sessionId: '0.bench',
    connectedAt: 0,
    takesArrays: false,
    heartbeatMs,
    expiresAt: Date.now() + 3_600_000,
  }
}
