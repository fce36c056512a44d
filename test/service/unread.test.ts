/** Unread counts are arithmetic: whatever is sent, read, joined and left, they are what a recount of the messages gives. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Address, ChatType, pairOf } from '../../lib/core/address.ts'
import { MemberState, MessageKind } from '../../lib/schema/tables.ts'
import { store } from '../../lib/service/message/store.ts'
import type { ChatRecord } from '../../lib/wire/record.ts'
import { befriend, closeClients, db, person, record, unfriend } from './stage.ts'
import { conversationsAt, group, join, leave, markOf, notice } from './talk.ts'

afterAll(closeClients)

const size = 4
const member = fc.nat({ max: size - 1 })
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('batch' as const),
        by: fc.array(member, { maxLength: 6 }),
        changes: fc.array(
          fc.record({
            by: member,
            at: fc.nat({ max: 100 }),
            action: fc.constantFrom('react' as const, 'recall' as const),
          }),
          {
            maxLength: 2,
          },
        ),
        read: fc.option(member),
        at: fc.nat({ max: 100 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), by: member, at: fc.nat({ max: 100 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('notice' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), by: member }) },
  ),
  { maxLength: 20 },
)
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never

/** A conversation in which steps are taken. */
interface Place {
  address: Address
  people: number[]
  record(from: number): ReturnType<typeof record>
  come(user: number): Promise<void>
  go(user: number): Promise<void>
  notice(): Promise<void>
}

async function groupOfFour(): Promise<Place> {
  const people = await Promise.all(Array.from({ length: size }, () => person('member')))
  const [first = 0, ...others] = people
  const id = await group(first, ...others)
  return {
    address: { chatType: ChatType.group, group: id },
    people,
    record: (from) => record(from, id, { chat_type: ChatType.group }),
    come: (user) => join(id, user),
    go: (user) => leave(id, user),
    notice: () => notice(id),
  }
}

async function pair(): Promise<Place> {
  const [ada, bob] = await Promise.all([person('ada'), person('bob')])
  await befriend(ada, bob)
  const again = async () => {
    await unfriend(ada, bob)
    await befriend(ada, bob)
  }
  return {
    address: pairOf(ada, bob),
    people: [ada, bob, ada, bob],
    record: (from) => record(from, from === ada ? bob : ada),
    come: again,
    go: again,
    notice: async () => {},
  }
}

async function take(place: Place, step: Step, end: () => Promise<number>): Promise<void> {
  const who = (index: number): number => place.people[index] ?? 0
  const seqAt = async (percent: number): Promise<number> => Math.ceil(((await end()) * percent) / 100)
  const read = async (index: number, percent: number): Promise<ChatRecord> => {
    const { content: _content, media: _media, ...common } = place.record(who(index))
    return { ...common, kind: 'read', seq: await seqAt(percent) }
  }
  const change = async (index: number, percent: number, action: 'react' | 'recall'): Promise<ChatRecord> => {
    const { content: _content, media: _media, ...common } = place.record(who(index))
    return {
      ...common,
      kind: 'change',
      seq: await seqAt(percent),
      action,
      ...(action === 'react' && { content: '👍' }),
    }
  }
  if (step.do === 'notice') await place.notice()
  if (step.do === 'join') await place.come(who(step.by))
  if (step.do === 'leave') await place.go(who(step.by))
  if (step.do === 'read') await store({ db }, [await read(step.by, step.at)], Date.now())
  if (step.do === 'batch') {
    const marks = step.read === null ? [] : [await read(step.read, step.at)]
    const changes = await Promise.all(step.changes.map(({ by, at, action }) => change(by, at, action)))
    await store({ db }, [...step.by.map((index) => place.record(who(index))), ...changes, ...marks], Date.now())
  }
}

/** What each active member has not read, message by message. */
async function recount(id: number): Promise<Map<number, number>> {
  const members = await db.selectFrom('members').selectAll().where('conversation_id', '=', id).execute()
  const messages = await db.selectFrom('messages').selectAll().where('conversation_id', '=', id).execute()
  const isUnread = (reader: (typeof members)[number]) => (message: (typeof messages)[number]) =>
    message.seq > reader.read_seq &&
    message.from_user_id !== reader.user_id &&
    message.from_user_id !== 0 &&
    message.kind === MessageKind.said
  return new Map(
    members
      .filter(({ state }) => state === MemberState.active)
      .map((reader) => [reader.user_id, messages.filter(isUnread(reader)).length]),
  )
}

const conversationOf = (address: Address) =>
  conversationsAt(address).select(['c.id', 'c.last_seq']).executeTakeFirstOrThrow()

describe.each([
  ['a group', groupOfFour],
  ['two friends', pair],
])('unread counts of %s', (_title, open) => {
  it('are what a recount gives, after any sends, marks, joins and leaves', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const place = await open()
        const { id } = await conversationOf(place.address)
        for (const step of taken) await take(place, step, async () => (await conversationOf(place.address)).last_seq)
        const counted = await recount(id)
        const told = new Map<number, number>()
        for (const userId of counted.keys()) told.set(userId, (await markOf(userId, place.address)).unread)
        expect(told).toEqual(counted)
      }),
      { numRuns: 40 },
    )
  }, 60_000)
})
