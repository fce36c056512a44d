/** Receipts, typing and events: what moves, what is pushed to whom, and what is never stored. */
import { afterAll, describe, expect, it } from 'vitest'
import { pairOf } from '../../lib/core/address.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { consume } from '../../lib/service/message/consume.ts'
import { store } from '../../lib/service/message/store.ts'
import type { ReadRecord, TypingRecord } from '../../lib/wire/record.ts'
import {
  closeClients,
  db,
  delivered,
  device,
  friends,
  group,
  join,
  leave,
  listeningGateway,
  markOf as memberMark,
  person,
  record,
  redis,
  stored,
  unfriend,
  unreadOf,
} from './stage.ts'

afterAll(closeClients)

const now = Date.now()
const soon = (): number => Date.now() + 20_000

function read(from: number, to: number, seq: number): ReadRecord {
  const { record_id, from_id, target_id, chat_type, requested_at, origin } = record(from, to)
  return { kind: 'read', record_id, from_id, target_id, chat_type, requested_at, origin, seq }
}

function typing(from: number, to: number, given: Partial<TypingRecord> = {}): TypingRecord {
  const { record_id, from_id, target_id, chat_type, requested_at, origin } = record(from, to)
  return { kind: 'typing', record_id, from_id, target_id, chat_type, requested_at, origin, typing: true, ...given }
}

/** Ada's mark in her conversation with someone, and what GoChat keeps of it. */
async function markOf(owner: number, target: number) {
  const { last_read_msg_id } = await db
    .selectFrom('relations')
    .select('last_read_msg_id')
    .where('owner_id', '=', owner)
    .where('target_id', '=', target)
    .executeTakeFirstOrThrow()
  return { last_read_seq: (await memberMark(owner, pairOf(owner, target))).readSeq, last_read_msg_id }
}

/** Ada and bob, each on a phone, ada also on a laptop; bob has written `messages`. */
async function scene(messages = 0) {
  const { ada, bob } = await friends()
  const names = { phone: device(ada, 'socket-of'), laptop: device(ada, 'laptop'), bobs: device(bob, 'socket-of') }
  for (const connection of Object.values(names)) {
    await presence.arrive({ redis }, connection, now)
  }
  if (messages > 0) {
    await store(
      { db },
      Array.from({ length: messages }, () => record(bob, ada)),
      now,
    )
  }
  const listening = listeningGateway()
  return { ada, bob, ...names, clients: { db, redis, gateway: listening.gateway }, ...listening }
}

describe('a read mark', () => {
  it('moves forward only, and the unread count is what lies behind it', async () => {
    const { ada, bob, clients } = await scene(5)
    await consume(clients, delivered(read(ada, bob, 3)), soon())
    expect(await unreadOf(ada, bob)).toBe(2)
    await consume(clients, delivered(read(ada, bob, 1)), soon())
    expect(await unreadOf(ada, bob)).toBe(2)
    const [, , third] = await stored(ada, bob)
    expect(await markOf(ada, bob)).toEqual({ last_read_seq: 3, last_read_msg_id: third?.id })
  })

  it('does not count the reader’s own messages', async () => {
    const { ada, bob, clients } = await scene(2)
    await store({ db }, [record(ada, bob), record(bob, ada), record(ada, bob)], now)
    await consume(clients, delivered(read(ada, bob, 1)), soon())
    expect(await unreadOf(ada, bob)).toBe(2)
  })

  it('never passes the end of the conversation', async () => {
    const { ada, bob, clients } = await scene(2)
    await consume(clients, delivered(read(ada, bob, 99)), soon())
    expect(await markOf(ada, bob)).toMatchObject({ last_read_seq: 2 })
    await store({ db }, [record(bob, ada)], now)
    expect(await unreadOf(ada, bob)).toBe(1)
  })

  it('counts right when message and mark come in one batch', async () => {
    const { ada, bob, clients } = await scene(1)
    await consume(clients, delivered(record(bob, ada), read(ada, bob, 2), record(bob, ada)), soon())
    expect(await unreadOf(ada, bob)).toBe(1)
  })

  it('is told to the other side and the reader’s other devices, once for a burst', async () => {
    const { ada, bob, phone, laptop, bobs, clients, framesTo } = await scene(5)
    await consume(clients, delivered(read(ada, bob, 1), read(ada, bob, 4), read(ada, bob, 2)), soon())
    const frame = { type: 6, from_id: ada, target_id: bob, seq: 4 }
    expect(framesTo(bobs.id)).toEqual([frame])
    expect(framesTo(laptop.id)).toEqual([frame])
    expect(framesTo(phone.id)).toEqual([])
  })

  it('is told again when the batch comes again, and not when it lies behind', async () => {
    const { ada, bob, bobs, clients, framesTo } = await scene(5)
    const batch = delivered(read(ada, bob, 4))
    await consume(clients, batch, soon())
    await consume(clients, batch, soon())
    await consume(clients, delivered(read(ada, bob, 3)), soon())
    expect(framesTo(bobs.id).map(({ seq }) => seq)).toEqual([4, 4])
  })

  it('of a stranger is refused', async () => {
    const { ada, bob, phone, bobs, clients, framesTo } = await scene(1)
    await unfriend(ada, bob)
    await consume(clients, delivered(read(ada, bob, 1)), soon())
    expect(framesTo(phone.id)).toMatchObject([{ type: 9, reason: 'NOT_FRIENDS', retryable: false }])
    expect(framesTo(bobs.id)).toEqual([])
  })

  it('moves by mark-read as by frame, and is told once', async () => {
    const { ada, bob, laptop, bobs, clients, framesTo } = await scene(3)
    await friend.markRead(clients, ada, { target_id: bob })
    await friend.markRead(clients, ada, { target_id: bob })
    const [, , third] = await stored(ada, bob)
    expect(await markOf(ada, bob)).toEqual({ last_read_seq: 3, last_read_msg_id: third?.id })
    expect(await unreadOf(ada, bob)).toBe(0)
    const frame = { type: 6, from_id: ada, target_id: bob, seq: 3 }
    expect(framesTo(bobs.id)).toEqual([frame])
    expect(framesTo(laptop.id)).toEqual([frame])
  })
})

describe('typing', () => {
  it('is passed on to the other side alone, the last state of a batch, and never stored', async () => {
    const { ada, bob, laptop, bobs, clients, framesTo } = await scene()
    await consume(clients, delivered(typing(ada, bob), typing(ada, bob, { typing: false })), soon())
    expect(framesTo(bobs.id)).toEqual([{ type: 7, from_id: ada, typing: false }])
    expect(framesTo(laptop.id)).toEqual([])
    expect(await stored(ada, bob)).toEqual([])
  })

  it('is not told late, nor between strangers', async () => {
    const { ada, bob, bobs, clients, framesTo } = await scene()
    await consume(clients, delivered(typing(ada, bob, { requested_at: Date.now() - 11_000 })), soon())
    await unfriend(ada, bob)
    await consume(clients, delivered(typing(ada, bob)), soon())
    expect(framesTo(bobs.id)).toEqual([])
  })
})

describe('in a group', () => {
  async function groupScene(others = 0) {
    const { ada, bob, ...rest } = await scene()
    const more = await Promise.all(Array.from({ length: others }, () => person('member')))
    const id = await group(ada, bob, ...more)
    await store(
      { db },
      Array.from({ length: 3 }, () => record(bob, id, { chat_type: 3 })),
      now,
    )
    return { ada, bob, id, more, ...rest }
  }

  it('a mark moves, and is told to the other members and the reader’s other devices', async () => {
    const { ada, bob, id, phone, laptop, bobs, clients, framesTo } = await groupScene()
    await consume(clients, delivered({ ...read(ada, id, 2), chat_type: 3 }), soon())
    const frame = { type: 6, from_id: ada, target_id: id, chat_type: 3, seq: 2 }
    expect([framesTo(bobs.id), framesTo(laptop.id), framesTo(phone.id)]).toEqual([[frame], [frame], []])
    expect(await memberMark(ada, { chatType: 3, group: id })).toEqual({ readSeq: 2, unread: 1 })
    expect((await markOf(ada, bob)).last_read_msg_id).toBe(0)
  })

  it('typing is passed on to the other members, and says where', async () => {
    const { ada, id, laptop, bobs, clients, framesTo } = await groupScene()
    await consume(clients, delivered(typing(ada, id, { chat_type: 3 })), soon())
    expect(framesTo(bobs.id)).toEqual([{ type: 7, from_id: ada, target_id: id, chat_type: 3, typing: true }])
    expect(framesTo(laptop.id)).toEqual([])
  })

  it('of more than 32 a mark is told to the reader alone; of more than 100 nobody hears of typing', async () => {
    const { ada, id, laptop, bobs, clients, framesTo } = await groupScene(31)
    await consume(clients, delivered({ ...read(ada, id, 2), chat_type: 3 }), soon())
    expect([framesTo(bobs.id).length, framesTo(laptop.id).length]).toEqual([0, 1])
    await consume(clients, delivered(typing(ada, id, { chat_type: 3 })), soon())
    expect(framesTo(bobs.id)).toHaveLength(1)
    await join(id, ...(await Promise.all(Array.from({ length: 68 }, () => person('member')))))
    await consume(clients, delivered(typing(ada, id, { chat_type: 3 })), soon())
    expect(framesTo(bobs.id)).toHaveLength(1)
  })

  it('a message carries what the group calls its sender', async () => {
    const { ada, id, bobs, clients, framesTo } = await groupScene()
    await db.updateTable('users').set({ nickname: 'Ada', avatar: 'a.png' }).where('id', '=', ada).execute()
    await consume(clients, delivered(record(ada, id, { chat_type: 3 })), soon())
    await db.updateTable('members').set({ nickname: 'Boss' }).where('user_id', '=', ada).execute()
    await consume(clients, delivered(record(ada, id, { chat_type: 3 })), soon())
    expect(framesTo(bobs.id).map(({ type, nickname, avatar }) => [type, nickname, avatar])).toEqual([
      [3, 'Ada', 'a.png'],
      [3, 'Boss', 'a.png'],
    ])
  })

  it('neither is taken of who does not belong to it', async () => {
    const { ada, id, phone, bobs, clients, framesTo } = await groupScene()
    await leave(id, ada)
    await consume(clients, delivered({ ...read(ada, id, 1), chat_type: 3 }), soon())
    expect(framesTo(phone.id)).toMatchObject([{ type: 9, reason: 'NOT_MEMBER', retryable: false }])
    expect(framesTo(bobs.id)).toEqual([])
  })
})

describe('an event', () => {
  it('tells of a request, an acceptance and a removal', async () => {
    const [ada, bob] = await Promise.all([person('ada'), person('bob')])
    for (const userId of [ada, bob]) await presence.arrive({ redis }, device(userId, 'phone'), now)
    const { gateway, framesTo } = listeningGateway()
    const clients = { db, redis, gateway }
    await friendRequest.ask(clients, ada, { target_id: bob, remark: '' })
    const {
      items: [request],
    } = await friendRequest.pending(clients, bob)
    await friendRequest.decide(clients, bob, { request_id: request?.id ?? 0, action: 1 })
    await friend.remove(clients, ada, { target_id: bob })
    expect(framesTo(`phone-${bob}`)).toEqual([
      { type: 8, event: 'friend_request', user_id: ada },
      { type: 8, event: 'friend_accepted', user_id: ada },
      { type: 8, event: 'friend_removed', user_id: ada },
    ])
    expect(framesTo(`phone-${ada}`)).toEqual([
      { type: 8, event: 'friend_accepted', user_id: bob },
      { type: 8, event: 'friend_removed', user_id: bob },
    ])
  })

  it('tells the blocked what a removal tells, and a blocker nothing of requests', async () => {
    const { ada: bob, bob: eve } = await friends()
    for (const userId of [bob, eve]) await presence.arrive({ redis }, device(userId, 'phone'), now)
    const { gateway, framesTo } = listeningGateway()
    const clients = { db, redis, gateway }
    await block.block(clients, bob, { target_id: eve })
    await friendRequest.ask(clients, eve, { target_id: bob, remark: '' })
    expect(framesTo(`phone-${eve}`)).toEqual([{ type: 8, event: 'friend_removed', user_id: bob }])
    expect(framesTo(`phone-${bob}`)).toEqual([{ type: 8, event: 'friend_removed', user_id: eve }])
  })
})
