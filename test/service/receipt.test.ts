/** Receipts and typing: what moves, what is pushed to whom, and what is never stored. */
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType, pairOf } from '../../lib/core/address.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { consume } from '../../lib/service/message/consume.ts'
import { store } from '../../lib/service/message/store.ts'
import type { ChatRecord } from '../../lib/wire/record.ts'
import { scene, soon } from './scene.ts'
import {
  closeClients,
  connected,
  db,
  delivered,
  friends,
  listeningGateway,
  noSlices,
  person,
  range,
  record,
  redis,
  stored,
} from './stage.ts'
import { group, join, kinds, markOf, recordInGroup, type Talk, talkOfFriends, talkOfGroup } from './talk.ts'

afterAll(closeClients)

const now = Date.now()

/** A scene in which bob has written `messages`. */
async function marked(talk: () => Promise<Talk>, messages: number) {
  const all = await scene(talk)
  const records = range(1, messages).map(() => all.record(all.bob, all.ada))
  await store({ db }, records, now)
  return all
}

/** Up to which message a friend has read, as GoChat keeps it. */
async function lastReadId(owner: number, target: number): Promise<number> {
  const { last_read_msg_id } = await db
    .selectFrom('relations')
    .select('last_read_msg_id')
    .where('owner_id', '=', owner)
    .where('target_id', '=', target)
    .executeTakeFirstOrThrow()
  return last_read_msg_id
}

describe.each(kinds)('a read mark, $kind', ({ isGroup, refusal, talk }) => {
  it('moves forward only, and the unread count is what lies behind it', async () => {
    const { ada, bob, clients, read, stored, markOf } = await marked(talk, 5)
    await consume(clients, delivered(read(ada, 3)), soon())
    expect(await markOf(ada)).toEqual({ readSeq: 3, unread: 2 })
    await consume(clients, delivered(read(ada, 1)), soon())
    expect(await markOf(ada)).toEqual({ readSeq: 3, unread: 2 })
    const [, , third] = await stored()
    // What GoChat keeps is of friends.
    expect(await lastReadId(ada, bob)).toBe(isGroup ? 0 : third?.id)
  })

  it('does not count the reader’s own messages', async () => {
    const { ada, bob, clients, record, read, unreadOf } = await marked(talk, 2)
    await store({ db }, [record(ada, bob), record(bob, ada), record(ada, bob)], now)
    await consume(clients, delivered(read(ada, 1)), soon())
    expect(await unreadOf(ada)).toBe(2)
  })

  it('never passes the end of the conversation', async () => {
    const { ada, bob, clients, record, read, markOf } = await marked(talk, 2)
    await consume(clients, delivered(read(ada, 99)), soon())
    expect(await markOf(ada)).toEqual({ readSeq: 2, unread: 0 })
    await store({ db }, [record(bob, ada)], now)
    expect(await markOf(ada)).toEqual({ readSeq: 2, unread: 1 })
  })

  it('counts right when message and mark come in one batch', async () => {
    const { ada, bob, clients, record, read, unreadOf } = await marked(talk, 1)
    await consume(clients, delivered(record(bob, ada), read(ada, 2), record(bob, ada)), soon())
    expect(await unreadOf(ada)).toBe(1)
  })

  it('is told to the other side and the reader’s other devices, once for a burst', async () => {
    const { ada, phone, laptop, bobPhone, clients, read, target, framesTo } = await marked(talk, 5)
    await consume(clients, delivered(read(ada, 1), read(ada, 4), read(ada, 2)), soon())
    const frame = { type: 6, from_id: ada, ...target, seq: 4 }
    expect(framesTo(bobPhone.id)).toEqual([frame])
    expect(framesTo(laptop.id)).toEqual([frame])
    expect(framesTo(phone.id)).toEqual([])
  })

  it('is told again when the batch comes again, and not when it lies behind', async () => {
    const { ada, bobPhone, clients, read, framesTo } = await marked(talk, 5)
    const batch = delivered(read(ada, 4))
    await consume(clients, batch, soon())
    await consume(clients, batch, soon())
    await consume(clients, delivered(read(ada, 3)), soon())
    expect(framesTo(bobPhone.id).map(({ seq }) => seq)).toEqual([4, 4])
  })

  it('of who does not belong is refused', async () => {
    const { ada, phone, bobPhone, clients, read, end, framesTo } = await marked(talk, 1)
    await end()
    await consume(clients, delivered(read(ada, 1)), soon())
    expect(framesTo(phone.id)).toMatchObject([{ type: 9, reason: refusal, retryable: false }])
    expect(framesTo(bobPhone.id)).toEqual([])
  })
})

describe('mark-read, which is for friends alone', () => {
  it('moves the mark as a frame does, and is told once', async () => {
    const { ada, bob, laptop, bobPhone, clients, stored, markOf, framesTo } = await marked(talkOfFriends, 3)
    await friend.markRead(clients, ada, { target_id: bob })
    await friend.markRead(clients, ada, { target_id: bob })
    const [, , third] = await stored()
    expect(await lastReadId(ada, bob)).toBe(third?.id)
    expect(await markOf(ada)).toEqual({ readSeq: 3, unread: 0 })
    const frame = { type: 6, from_id: ada, target_id: bob, seq: 3 }
    expect(framesTo(bobPhone.id)).toEqual([frame])
    expect(framesTo(laptop.id)).toEqual([frame])
  })
})

describe.each(kinds)('typing, $kind', ({ isGroup, talk }) => {
  it('is passed on to the other side alone, the last state of a batch, and never stored', async () => {
    const { ada, laptop, bobPhone, clients, typing, stored, target, framesTo } = await scene(talk)
    await consume(clients, delivered(typing(ada), typing(ada, { typing: false })), soon())
    expect(framesTo(bobPhone.id)).toEqual([{ type: 7, from_id: ada, ...(isGroup && target), typing: false }])
    expect(framesTo(laptop.id)).toEqual([])
    expect(await stored()).toEqual([])
  })

  it('is not told late, nor of who does not belong', async () => {
    const { ada, bobPhone, clients, typing, end, framesTo } = await scene(talk)
    await consume(clients, delivered(typing(ada, { requested_at: Date.now() - 11_000 })), soon())
    await end()
    await consume(clients, delivered(typing(ada)), soon())
    expect(framesTo(bobPhone.id)).toEqual([])
  })
})

describe('a friend and a group of one id', () => {
  it('have a mark each and are typed to apart, in one batch, too', async () => {
    const { ada, bob } = await friends()
    const id = await group(ada, bob)
    const phone = await connected(ada, 'phone')
    const { gateway, framesTo } = listeningGateway()
    const { content: _content, media: _media, ...toAda } = record(bob, ada)
    const toGroup = { ...toAda, target_id: id, chat_type: ChatType.group }
    const said = [record(ada, bob), record(ada, bob), ...range(1, 3).map(() => recordInGroup(ada, id))]
    await store({ db }, said, now)

    await store({ db }, [{ ...toGroup, kind: 'read', seq: 1 }], now)
    expect(await lastReadId(bob, ada)).toBe(0)
    const batch: ChatRecord[] = [
      { ...toAda, kind: 'read', seq: 2 },
      { ...toGroup, kind: 'read', seq: 3 },
      { ...toAda, kind: 'typing', typing: true },
      { ...toGroup, kind: 'typing', typing: false },
    ]
    await consume({ db, redis, gateway, slices: noSlices }, delivered(...batch), soon())

    expect(await markOf(bob, pairOf(ada, bob))).toEqual({ readSeq: 2, unread: 0 })
    expect(await markOf(bob, { chatType: ChatType.group, group: id })).toEqual({ readSeq: 3, unread: 0 })
    expect(await lastReadId(bob, ada)).toBe((await stored(ada, bob)).at(-1)?.id)
    const place = { target_id: id, chat_type: 3 }
    expect(framesTo(phone.id)).toEqual([
      { type: 6, from_id: bob, target_id: ada, seq: 2 },
      { type: 6, from_id: bob, ...place, seq: 3 },
      { type: 7, from_id: bob, typing: true },
      { type: 7, from_id: bob, ...place, typing: false },
    ])
  })
})

describe('in a group', () => {
  it('of more than 32 a mark is told to the reader alone; of more than 100 nobody hears of typing', async () => {
    const { ada, laptop, bobPhone, clients, address, read, typing, framesTo } = await marked(talkOfGroup, 3)
    const id = address.chatType === ChatType.group ? address.group : 0
    let size = 2
    const growTo = async (members: number) => {
      await join(id, ...(await Promise.all(range(size + 1, members).map(() => person('member')))))
      size = members
    }
    const heardOf = async (signal: ChatRecord) => {
      const before = [bobPhone, laptop].map((device) => framesTo(device.id).length)
      await consume(clients, delivered(signal), soon())
      return [bobPhone, laptop].map((device, index) => framesTo(device.id).length - (before[index] ?? 0))
    }
    await growTo(32)
    expect(await heardOf(read(ada, 1))).toEqual([1, 1])
    await growTo(33)
    expect(await heardOf(read(ada, 2))).toEqual([0, 1])
    await growTo(100)
    expect(await heardOf(typing(ada))).toEqual([1, 0])
    await growTo(101)
    expect(await heardOf(typing(ada))).toEqual([0, 0])
  })
})

describe('a message in a group', () => {
  it('carries what the group calls its sender', async () => {
    const { ada, bobPhone, clients, fromPhone, framesTo } = await scene(talkOfGroup)
    await db.updateTable('users').set({ nickname: 'Ada', avatar: 'a.png' }).where('id', '=', ada).execute()
    await consume(clients, delivered(fromPhone()), soon())
    await db.updateTable('members').set({ nickname: 'Boss' }).where('user_id', '=', ada).execute()
    await consume(clients, delivered(fromPhone()), soon())
    expect(framesTo(bobPhone.id).map(({ type, nickname, avatar }) => [type, nickname, avatar])).toEqual([
      [3, 'Ada', 'a.png'],
      [3, 'Boss', 'a.png'],
    ])
  })
})
