/** What becomes of connections that cannot be reached, and of the batch meanwhile. */
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import * as keys from '../../lib/core/keys.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { recipientsOf } from '../../lib/service/connection/recipient.ts'
import { consume } from '../../lib/service/message/consume.ts'
import { outputOf } from './output.ts'
import { scene, soon } from './scene.ts'
import { closeClients, connected, delivered, type Post, redis } from './stage.ts'
import { kinds } from './talk.ts'

afterAll(closeClients)
afterEach(() => vi.restoreAllMocks())

describe.each(kinds)('a connection that cannot be reached, $kind', ({ talk }) => {
  it('is forgotten when it is gone, and the others get theirs', async () => {
    const { bob, bobPhone, bobLaptop, clients, fromPhone, framesTo } = await scene(talk, ({ connectionId }: Post) =>
      connectionId === bobPhone.id ? 'gone' : 'sent',
    )
    await consume(clients, delivered(fromPhone()), soon())
    const left = await recipientsOf({ redis }, [bob])
    expect(left.get(bob)?.map(({ connectionId }) => connectionId)).toEqual([bobLaptop.id])
    expect(framesTo(bobLaptop.id)).toHaveLength(1)
  })

  it('is looked at once more when it is younger than 10 s', async () => {
    const { bob, clients, fromPhone, posts } = await scene(talk, ({ connectionId }: Post) =>
      connectionId.startsWith('young') && posts.filter((post) => post.connectionId === connectionId).length === 1
        ? 'gone'
        : 'sent',
    )
    const young = await connected(bob, 'young', { connectedAt: Date.now() })
    await consume(clients, delivered(fromPhone()), soon())
    expect(posts.filter(({ connectionId }) => connectionId === young.id)).toHaveLength(2)
    expect((await recipientsOf({ redis }, [bob])).get(bob)).toHaveLength(3)
  })

  it('is tried once when the gateway refuses the post, which is an error and counted, then told to catch up', async () => {
    const { bob, bobPhone, clients, fromPhone, posts } = await scene(talk, ({ connectionId }: Post) =>
      connectionId === bobPhone.id ? 'refused' : 'sent',
    )
    const lines = (await outputOf(() => consume(clients, delivered(fromPhone()), soon()))).map((line) =>
      JSON.parse(line),
    )
    expect(posts.filter(({ connectionId }) => connectionId === bobPhone.id)).toHaveLength(1)
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', msg: 'post refused', connection_id: bobPhone.id }),
    )
    const [metrics] = lines.filter((line) => '_aws' in line)
    expect(metrics).toMatchObject({ PostsRefused: 1 })
    expect(metrics).not.toHaveProperty('PostsGivenUp')
    await redis.hset(keys.session(bob), 'epoch', '0')
    expect(await presence.touch({ redis }, bobPhone, 0, Date.now())).toMatchObject({ mustResync: true })
  })

  it('is tried again for at most a second, then told to catch up; the batch is settled', async () => {
    const { bob, bobPhone, clients, fromPhone } = await scene(talk, ({ connectionId }: Post) =>
      connectionId === bobPhone.id ? 'failed' : 'sent',
    )
    const before = Date.now()
    await consume(clients, delivered(fromPhone(), fromPhone()), soon())
    expect(Date.now() - before).toBeLessThan(2_500)
    const session = { ...bobPhone }
    await redis.hset(keys.session(bob), 'epoch', '0')
    expect(await presence.touch({ redis }, session, 0, Date.now())).toMatchObject({ mustResync: true })
    expect(await presence.touch({ redis }, session, 0, Date.now())).toMatchObject({ mustResync: false })
  })
})
