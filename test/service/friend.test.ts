/** Friendships, and how far friends have read. */
import { afterAll, describe, expect, it } from 'vitest'
import { pairOf } from '../../lib/core/address.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { store } from '../../lib/service/message/store.ts'
import { befriend, markRead, nobody, refusal, remove, seen, stores, strangers } from './contact.ts'
import { closeClients, db, device, friends, person, record, redis } from './stage.ts'

afterAll(closeClients)

const now = Date.now()

describe('a friendship', () => {
  it('begins with nothing unread, wherever the conversation has got to', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob), record(bob, ada), record(ada, bob)], now)
    await remove(bob, ada)
    await befriend(bob, ada)
    const read = { unread_count: 0, last_seq: 3, read_seq: 3, peer_read_seq: 3 }
    expect(await seen(ada, bob)).toMatchObject(read)
    expect(await seen(bob, ada)).toMatchObject(read)
    const [row] = await db.selectFrom('relations').selectAll().where('owner_id', '=', ada).execute()
    expect(row?.last_read_msg_id).toBeGreaterThan(0)
  })

  it('ends for both, once, and keeps the conversation', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob)], now)
    await remove(ada, bob)
    expect(await seen(ada, bob)).toBeUndefined()
    expect(await seen(bob, ada)).toBeUndefined()
    const { low, high } = pairOf(ada, bob)
    const conversation = db
      .selectFrom('conversations')
      .selectAll()
      .where('low_id', '=', low)
      .where('high_id', '=', high)
    expect(await conversation.execute()).toMatchObject([{ last_seq: 1 }])
    for (const [one, other] of [
      [ada, bob],
      [bob, ada],
      [ada, ada],
      [ada, nobody],
    ] as const) {
      await expect(remove(one, other)).rejects.toEqual(refusal('NOT_FRIENDS'))
    }
  })

  it('is listed with the last spoken with first', async () => {
    const ada = await person('ada')
    const others = await Promise.all(['bob', 'carol', 'dan'].map(person))
    for (const other of others) await befriend(ada, other)
    const [bob = 0, carol = 0, dan = 0] = others
    await store({ db }, [record(carol, ada, { content: 'later' })], now + 1000)
    await store({ db }, [record(ada, dan, { content: 'earlier' })], now)
    expect((await friend.list(stores, ada)).items).toMatchObject([
      { id: carol, content: 'later', last_message_time: now + 1000, unread_count: 1 },
      { id: dan, content: 'earlier', last_message_time: now, unread_count: 0 },
      { id: bob, content: '', last_message_time: 0, unread_count: 0 },
    ])
  })

  it('shows who is online, in the list and on the page', async () => {
    const { ada, bob } = await friends()
    await presence.arrive({ redis }, device(bob, 'phone'), Date.now())
    expect((await seen(ada, bob))?.online).toBe(true)
    expect((await seen(bob, ada))?.online).toBe(false)
    expect((await friend.info(stores, ada, { target_id: bob })).online).toBe(true)
  })

  it('shows more on the page than in the list, to friends alone', async () => {
    const { ada, bob } = await friends()
    const listed = await seen(ada, bob)
    expect(await friend.info(stores, ada, { target_id: bob })).toEqual({ ...listed, email: '', phone: '' })
    for (const target_id of [await person('eve'), ada, nobody]) {
      await expect(friend.info(stores, ada, { target_id })).rejects.toEqual(refusal('NOT_FRIENDS'))
    }
  })

  it('has a name of its own for each side', async () => {
    const { ada, bob } = await friends()
    const name = (owner: number, target_id: number, desc: string) => friend.describe(stores, owner, { target_id, desc })
    await name(ada, bob, 'Bobby')
    await name(ada, bob, 'Bobby')
    expect((await seen(ada, bob))?.desc).toBe('Bobby')
    expect((await seen(bob, ada))?.desc).toBe('')
    await expect(name(ada, await person('eve'), 'x')).rejects.toEqual(refusal('NOT_FRIENDS'))
  })
})

describe('a read mark', () => {
  it('goes to the end and leaves nothing unread, as often as it is set', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob), record(ada, bob)], now)
    expect(await seen(bob, ada)).toMatchObject({ unread_count: 2, read_seq: 0 })
    await markRead(bob, ada)
    await markRead(bob, ada)
    expect(await seen(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 2, peer_read_seq: 0 })
    expect(await seen(ada, bob)).toMatchObject({ read_seq: 0, peer_read_seq: 2 })
  })

  it('stays exact while messages come in', async () => {
    const { ada, bob } = await friends()
    await Promise.all(
      Array.from({ length: 20 }, (_, turn) => (turn % 2 ? markRead(bob, ada) : store({ db }, [record(ada, bob)], now))),
    )
    const { last_seq = 0, read_seq = 0, unread_count } = (await seen(bob, ada)) ?? {}
    expect(last_seq).toBe(10)
    expect(unread_count).toBe(last_seq - read_seq)
  })

  it('is refused for somebody who is no friend', async () => {
    const { ada, bob } = await strangers()
    for (const target of [bob, ada, nobody]) await expect(markRead(ada, target)).rejects.toEqual(refusal('NOT_FRIENDS'))
  })
})
