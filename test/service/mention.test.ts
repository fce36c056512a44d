/** Mentions in the list of groups: how many unread messages are for a member above all. */
import { afterAll, expect, it } from 'vitest'
import * as group from '../../lib/service/group/group.ts'
import { store } from '../../lib/service/message/store.ts'
import { closeClients, db, range } from './stage.ts'
import { conversationsAt, talkOfGroup } from './talk.ts'

afterAll(closeClients)

/** Bob's group, in which ada runs things, and what his list says of it. */
async function place() {
  const { ada, bob, address, record } = await talkOfGroup()
  const { id } = await conversationsAt(address).select('c.id').executeTakeFirstOrThrow()
  await db
    .updateTable('members')
    .set({ role: 1 })
    .where('conversation_id', '=', id)
    .where('user_id', '=', ada)
    .execute()
  const say = async (from: number, count: number, mentions?: number[]) => {
    for (let left = count; left > 0; left -= 500) {
      const records = range(1, Math.min(left, 500)).map(() => record(from, from, mentions && { mentions }))
      await store({ db }, records, Date.now())
    }
  }
  const listed = async () => (await group.list({ db }, bob)).items.map(({ mention_count }) => mention_count)
  return { ada, bob, say, listed }
}

it('counts a message once, whether it names one, all, or both', async () => {
  const { ada, bob, say, listed } = await place()
  await say(ada, 1, [bob])
  await say(ada, 1, [0])
  await say(ada, 1, [bob, 0])
  expect(await listed()).toEqual([3])
})

it('counts no mention that one has written', async () => {
  const { ada, bob, say, listed } = await place()
  await say(bob, 1, [ada])
  expect(await listed()).toEqual([0])
})

it('counts mentions among the latest thousand messages, so that none can make the list of another slow', async () => {
  const { ada, bob, say, listed } = await place()
  await say(ada, 1, [bob])
  await say(ada, 999)
  expect(await listed()).toEqual([1])
  await say(ada, 1)
  expect(await listed()).toEqual([0])
})
