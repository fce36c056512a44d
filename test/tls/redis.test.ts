/** The cluster client at a server that wants TLS and a user. */
import { randomUUID } from 'node:crypto'
import { type Cluster, Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { untilReady } from '../../infra/services/probe.ts'
import { cacheToken } from '../../lib/client/presign.ts'
import { openRedis } from '../../lib/client/redis.ts'
import { config } from '../../lib/core/config.ts'
import { outputOf } from '../service/output.ts'
import { anew, closers, setClock, wrongSecret } from './client.ts'
import { listen } from './listener.ts'
import { person } from './stores.ts'

const { redisPort, redisUrl, certificates } = inject('secured')
const at = `localhost:${redisPort}`

function client(url: string, open = openRedis): Cluster {
  const opened = open(url)
  closers.push(() => opened.disconnect())
  return opened
}

async function worksAs(redis: Cluster, user: string): Promise<void> {
  const key = randomUUID()
  await redis.set(key, 'value', 'EX', 60)
  expect(await redis.get(key)).toBe('value')
  expect(await redis.acl('WHOAMI')).toBe(user)
}

describe('a user', () => {
  it('comes in with a token', () => worksAs(client(config.redisUrl), 'gochat'))

  it('comes in with a password', () =>
    worksAs(client(`rediss://${person.name}:${encodeURIComponent(person.password)}@${at}`), person.name))

  it.each([
    ['a token of another secret', config.redisUrl, 'WRONGPASS'],
    ['a wrong password', `rediss://${person.name}:wrong@${at}`, 'WRONGPASS'],
    ['no name', `rediss://${at}`, 'NOAUTH'],
  ])('does not come in with %s, and the log says why', async (_what, url, why) => {
    const { openRedis: open } = await anew(
      { ...wrongSecret, LOG_LEVEL: 'warn' },
      () => import('../../lib/client/redis.ts'),
    )
    const redis = client(url, open)
    const lines = await outputOf(() => expect(redis.get('key')).rejects.toThrow())
    expect(lines.join('\n')).toContain(why)
  })
})

describe('a token that the server has ceased to take', () => {
  const user = 'rotating'
  const admin = new Redis(redisUrl, { lazyConnect: true })
  beforeEach(() => admin.connect())
  afterEach(() => admin.disconnect())

  /** From now on the server takes the token of this moment only, and the client has no other clock. */
  async function moveTo(moment: number): Promise<void> {
    setClock(moment)
    await admin.call('ACL', 'SETUSER', user, 'reset', 'on', `>${cacheToken('cache', user)}`, '~*', '+@all')
  }

  it('is replaced at the next connection', async () => {
    const start = Date.now()
    await moveTo(start)
    const redis = client(`rediss://${user}@${at}?auth=iam&cache=cache`)
    await worksAs(redis, user)
    await moveTo(start + 3_600_000)
    expect(await admin.call('CLIENT', 'KILL', 'USER', user)).toBeGreaterThan(0)
    await untilReady(() => worksAs(redis, user), 10_000)
  })
})

it.each([
  ['comes from an unknown authority', certificates.unknown],
  ['names another host', certificates.ofAnotherHost],
])('a server whose certificate %s hears nothing', async (_what, certificate) => {
  const { port, heard, stop } = await listen(certificate)
  closers.push(stop)
  await expect(client(`rediss://gochat@localhost:${port}?auth=iam&cache=cache`).get('key')).rejects.toThrow()
  expect(heard).toEqual([])
})
