/** Conversations of both kinds: tests of what holds for friends and in groups are written once. */
import { randomUUID } from 'node:crypto'
import { expect, onTestFinished } from 'vitest'
import { type Address, addressOf, ChatType, pairOf } from '../../lib/core/address.ts'
import { isAt } from '../../lib/service/conversation/conversation.ts'
import * as member from '../../lib/service/conversation/member.ts'
import { store } from '../../lib/service/message/store.ts'
import type { MessageRecord, ReadRecord, TypingRecord } from '../../lib/wire/record.ts'
import { befriend, db, friends, inside, person, range, record, unfriend } from './stage.ts'

/** A conversation of ada and bob. They have one of the other kind, too, under the same ids, in which nothing must happen. */
export interface Talk {
  ada: number
  bob: number
  address: Address
  /** What requests and records of one of them name as their target: the other one, or the group. */
  placeOf(from: number): { target_id: number; chat_type: ChatType }
  /** The same, as frames and answers name it: without the kind where the target is a user. */
  namedPlaceOf(from: number): { target_id: number; chat_type?: ChatType }
  /** The place of the other kind. */
  elsewhereOf(from: number): { target_id: number; chat_type: ChatType }
  /** A record of one of the two in this conversation; between others, one of their own. */
  record(from: number, to: number, given?: Partial<MessageRecord>): MessageRecord
  /** A record that one of the two has read up to `seq`. */
  read(from: number, seq: number): ReadRecord
  typing(from: number, given?: Partial<TypingRecord>): TypingRecord
  /** Its messages, as stored. */
  stored(): ReturnType<typeof storedAt>
  markOf(userId: number): ReturnType<typeof markOf>
  unreadOf(userId: number): Promise<number>
  /** Nobody belongs to it any more. */
  end(): Promise<void>
  /** Both belong to it again. */
  resume(): Promise<void>
}

/** Both kinds, for `describe.each`. */
export const kinds = [
  { kind: 'two friends', isGroup: false, refusal: 'NOT_FRIENDS', talk: talkOfFriends },
  { kind: 'a group', isGroup: true, refusal: 'NOT_MEMBER', talk: talkOfGroup },
]

/** For the time of one test. */
export async function talkOfFriends(): Promise<Talk> {
  const { ada, bob, pair, group } = await people()
  await keepUntouched(ada, bob, group)
  return { ...talkAt(ada, bob, pair), end: () => unfriend(ada, bob), resume: () => befriend(ada, bob) }
}

/** For the time of one test. */
export async function talkOfGroup(): Promise<Talk> {
  const { ada, bob, pair, group } = await people()
  await keepUntouched(ada, bob, pair)
  const { group: id } = group
  return { ...talkAt(ada, bob, group), end: () => leave(id, ada, bob), resume: () => join(id, ada, bob) }
}

/** Ada and bob, who are friends and the members of a group that has the id of ada. */
async function people() {
  const { ada, bob } = await friends()
  return { ada, bob, pair: pairOf(ada, bob), group: { chatType: ChatType.group, group: await group(ada, bob) } }
}

function talkAt(ada: number, bob: number, address: Address): Omit<Talk, 'end' | 'resume'> {
  const isGroup = address.chatType === ChatType.group
  const target = (from: number): number => (isGroup ? address.group : from === ada ? bob : ada)
  const placeOf = (from: number) => ({ target_id: target(from), chat_type: address.chatType })
  const own: Talk['record'] = (from, to, given) =>
    record(from, to, [from, to].every((user) => user === ada || user === bob) ? { ...placeOf(from), ...given } : given)
  const signal = (from: number) => {
    const { content: _content, media: _media, ...common } = own(from, ada)
    return common
  }
  return {
    ada,
    bob,
    address,
    placeOf,
    namedPlaceOf: (from) => (isGroup ? placeOf(from) : { target_id: target(from) }),
    elsewhereOf: (from) => ({
      target_id: isGroup ? (from === ada ? bob : ada) : ada,
      chat_type: isGroup ? ChatType.direct : ChatType.group,
    }),
    record: own,
    read: (from, seq) => ({ ...signal(from), kind: 'read', seq }),
    typing: (from, given) => ({ ...signal(from), kind: 'typing', typing: true, ...given }),
    stored: () => storedAt(address),
    markOf: (userId) => markOf(userId, address),
    unreadOf: async (userId) => (await markOf(userId, address)).unread,
  }
}

/** Has bob say something in the other conversation, and asserts at the end of the test that it is as it was then. */
async function keepUntouched(ada: number, bob: number, address: Address): Promise<void> {
  const { placeOf } = talkAt(ada, bob, address)
  await store({ db }, [record(bob, ada, placeOf(bob))], Date.now())
  const state = async () => ({
    messages: await storedAt(address),
    adas: await markOf(ada, address),
    bobs: await markOf(bob, address),
  })
  const before = await state()
  onTestFinished(async () => expect(await state()).toEqual(before))
}

/** The messages of a conversation, as stored. */
export async function storedAt(address: Address) {
  return await conversationsAt(address)
    .innerJoin('messages as x', 'x.conversation_id', 'c.id')
    .selectAll('x')
    .orderBy('x.seq')
    .execute()
}

/** How far a member of a conversation has read, and how much is left. */
export async function markOf(userId: number, address: Address): Promise<{ readSeq: number; unread: number }> {
  return await conversationsAt(address)
    .innerJoin('members as m', 'm.conversation_id', 'c.id')
    .select(['m.read_seq as readSeq', member.unreadCount().as('unread')])
    .where('m.user_id', '=', userId)
    .executeTakeFirstOrThrow()
}

/** The conversation of an address, as the table has it. */
export const conversationsAt = (address: Address) => db.selectFrom('conversations as c').where(isAt(address))

/** Makes a group of some users; returns its id, which is the one of the first of them. */
export async function group(...members: [number, ...number[]]): Promise<number> {
  const [group_id] = members
  const now = Date.now()
  const row = { id: group_id, code: `T${group_id}`, name: 'A group', owner_id: 0, creator_id: 0, created_at: now }
  await db.insertInto('groups').values(row).execute()
  await db.insertInto('conversations').values({ kind: ChatType.group, group_id, content: '' }).execute()
  await join(group_id, ...members)
  return group_id
}

/** Makes users members of a group, who see what is said from now on. */
export async function join(group: number, ...members: number[]): Promise<void> {
  await inside({ chatType: ChatType.group, group }, (tx, end) =>
    member.activate(tx, end, members, { from_seq: end.last_seq + 1 }),
  )
}

/** Ends the membership of users in a group. */
export async function leave(group: number, ...members: number[]): Promise<void> {
  await inside({ chatType: ChatType.group, group }, (tx, end) => member.deactivate(tx, end, members))
}

/** Conversations of a user, by turns with a friend and in a group with somebody: for batches and answers that hold both kinds. */
export async function conversationsOf(user: number, count: number) {
  return await Promise.all(
    range(1, count).map(async (index) => {
      const other = await person('other')
      if (index % 2 === 1) await befriend(user, other)
      else await group(other, user)
      // The group has the id of its first member.
      const chat_type = index % 2 === 1 ? ChatType.direct : ChatType.group
      const place = { target_id: other, chat_type }
      return {
        other,
        place,
        address: addressOf(chat_type, user, other),
        said: (content = 'hello') => record(user, other, { ...place, content }),
        heard: (content = 'hello') =>
          record(other, chat_type === ChatType.direct ? user : other, { chat_type, content }),
      }
    }),
  )
}

/** A record in a group. */
export const recordInGroup = (from: number, group: number, given: Partial<MessageRecord> = {}): MessageRecord =>
  record(from, group, { chat_type: ChatType.group, ...given })

/** Writes a notice into a group, as whoever changes it does: a message that nobody has to read. */
export async function notice(group: number): Promise<void> {
  await inside({ chatType: ChatType.group, group }, async (tx, end) => {
    const [seq, notice_count] = [end.last_seq + 1, end.notice_count + 1]
    const place = { conversation_id: end.id, seq, notice_count, from_user_id: 0, to_user_id: group, created_at: 0 }
    const text = { content: 'someone has joined', type: ChatType.group, media: 1, body_hash: Buffer.alloc(32) }
    await tx
      .insertInto('messages')
      .values({ ...place, ...text, record_id: Buffer.from(randomUUID()) })
      .execute()
    await tx.updateTable('conversations').set({ last_seq: seq, notice_count }).where('id', '=', end.id).execute()
  })
}
