/** The bounds of a delivery. */
import { afterAll, expect, it } from 'vitest'
import * as keys from '../../lib/core/keys.ts'
import { deliver, type Push } from '../../lib/service/connection/delivery.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { FrameType } from '../../lib/wire/frame.ts'
import { closeClients, device, listeningGateway, person, redis } from './stage.ts'

afterAll(closeClients)

it('posts so often and no more; the connections beyond are told to catch up', async () => {
  const userIds = await Promise.all(['ada', 'bob', 'cyd'].map(person))
  const connections = userIds.map((userId) => device(userId, 'phone'))
  for (const connection of connections) await presence.arrive({ redis }, connection, Date.now())
  const { gateway, posts } = listeningGateway()
  const frame = { type: FrameType.event, event: 'friend_request', user_id: 1 } as const
  const pushes: Push[] = [1, 2].map(() => ({ userIds, frame }))
  const origin = { connection_id: 'socket', batch: false, language: 'en' } as const

  await deliver({ redis, gateway }, [{ userId: 1, origin, frame }], pushes, 4)

  const [ada, bob, cyd] = connections.map(({ id }) => id)
  const postsTo = (id: string | undefined) => posts.filter(({ connectionId }) => connectionId === id).length
  expect(posts).toHaveLength(4)
  expect(postsTo('socket')).toBe(1)
  const missed = await Promise.all(connections.map(mustResync))
  // Connections are posted to in parallel, so which posts come first is open: who got fewer than all is marked.
  expect(missed).toEqual([ada, bob, cyd].map((id) => postsTo(id) < 2))
  expect(missed).toContain(true)
})

async function mustResync(connection: presence.Connection): Promise<boolean> {
  await redis.hset(keys.session(connection.userId), 'epoch', '0')
  return (await presence.touch({ redis }, connection, 0, Date.now())).mustResync
}
