/**
 * What the routes ask of the databases: how much, and by which index, among 1,000 friends, 1,000 groups, one of them of 500, and
 * 200,000 messages.
 */
import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import { RelationType, RequestStatus } from '../../lib/schema/tables.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { history } from '../../lib/service/conversation/history.ts'
import { bounds, search } from '../../lib/service/conversation/search.ts'
import { sync } from '../../lib/service/conversation/sync.ts'
import { routeCalls } from './calls.ts'
import { isListed, isNothing, planOf, recordingDb, roundTrips, type Statement } from './recorder.ts'
import { closeClients, db, listeningGateway, noSlices, person, redis } from './stage.ts'

const recorder = recordingDb()
const stores = { db: recorder.db, redis }
const clients = { ...stores, gateway: listeningGateway().gateway, slices: noSlices }
const friendCount = 1000
const messagesEach = 100
const groupSize = 500

afterAll(async () => {
  await recorder.db.destroy()
  await closeClients()
})

let ada: number
let bob: number
let eve: number
let stranger: number
let crowd: string
beforeAll(async () => {
  crowd = `crowd-${randomUUID()}`
  // Ada is in a thousand already.
  process.env.GROUPS_PER_USER = '2000'
  ada = await person('ada')
  await seed()
  ;[bob = 0, eve = 0] = (await friend.list({ db, redis }, ada)).items.map(({ id }) => id)
  stranger = await person('stranger')
})

/** Ada's conversations with eve: as friends, and in a group of 500 that has the id of eve. */
const places: { kind: string; chat_type: ChatType; key: string }[] = [
  { kind: 'a friend', chat_type: ChatType.direct, key: 'conversations_pair' },
  { kind: 'a group', chat_type: ChatType.group, key: 'conversations_group' },
]

/** Ada's 1,000 friends with their conversations and a group with each, 1,000 requests to her, 1,000 people she has blocked. */
async function seed(): Promise<void> {
  const numbers = (last: number) =>
    sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${last})`
  const others = sql`users u where u.username like ${`${crowd}%`}`
  for (const name of ['friend', 'sender', 'blocked']) {
    await sql`insert into users (username, username_key, password, created_at, updated_at) ${numbers(friendCount)}
      select concat(${`${crowd}-${name}-`}, i), concat(${`${crowd}-${name}-`}, i), 'x', 0, 0 from n`.execute(db)
  }
  const friends = sql`${others} and u.username like ${`${crowd}-friend%`}`
  await sql`insert into conversations (low_id, high_id, content, last_seq, last_message_time)
    select least(u.id, ${ada}), greatest(u.id, ${ada}), 'hello', ${messagesEach}, u.id from ${friends}`.execute(db)
  for (const [owner, target] of [
    [sql`u.id`, sql`${ada}`],
    [sql`${ada}`, sql`u.id`],
  ]) {
    await sql`insert into friend_requests (sender_id, receiver_id, status, created_at)
      select ${owner}, ${target}, ${RequestStatus.accepted}, 0 from ${friends}`.execute(db)
  }
  await befriendInAll(ada)
  await seedGroups(sql`select u.id from ${friends}`)
  await sql`insert into friend_requests (sender_id, receiver_id, created_at)
    select u.id, ${ada}, 0 from ${others} and u.username like ${`${crowd}-sender%`}`.execute(db)
  await sql`insert into relations (owner_id, target_id, conversation_id, type, created_at)
    select ${ada}, u.id, 0, ${RelationType.blocked}, 0 from ${others} and u.username like ${`${crowd}-blocked%`}`.execute(
    db,
  )
  await sql`insert into messages
    (conversation_id, seq, from_user_id, to_user_id, content, type, media, created_at, record_id, body_hash)
    ${numbers(messagesEach)}
    select c.id, n.i, ${ada}, coalesce(c.group_id, c.high_id), 'hello', c.kind, 1, 0, concat(c.id, '-', n.i), repeat('x', 32)
    from conversations c join members me on me.conversation_id = c.id and me.user_id = ${ada} join n`.execute(db)
  // Among the rows of everyone else: of a table that is mostly one user's own, the database had better read it all.
  const neighbours = sql`users a join users b on b.id between a.id + 1 and a.id + 20
    where a.username like ${`${crowd}%`} and b.username like ${`${crowd}%`}`
  await sql`insert into relations (owner_id, target_id, conversation_id, type, created_at)
    select a.id, b.id, 0, ${RelationType.blocked}, 0 from ${neighbours}`.execute(db)
  await sql`insert into friend_requests (sender_id, receiver_id, status, created_at)
    select a.id, b.id, ${RequestStatus.refused}, 0 from ${neighbours}`.execute(db)
  await sql`insert into members (conversation_id, user_id, joined_at)
    select 1000000000 + a.id, b.id, 0 from ${neighbours}`.execute(db)
  await sql`insert into \`groups\` (code, name, owner_id, creator_id, created_at)
    select concat('N', a.id), 'A group', a.id, a.id, 0 from users a where a.username like ${`${crowd}%`}`.execute(db)
  await sql`insert into group_requests (group_id, sender_id, status, created_at)
    select g.id, b.id, if(b.id % 2, ${RequestStatus.pending}, ${RequestStatus.refused}), 0 from \`groups\` g
    join users b on b.id between g.owner_id + 1 and g.owner_id + 10 where g.owner_id > 0`.execute(db)
  await sql`analyze table group_requests, users, \`groups\`, conversations, members, relations, friend_requests, messages`.execute(
    db,
  )
}

/** Makes friends of someone and the other of each of their conversations. */
async function befriendInAll(one: number): Promise<void> {
  for (const [user, other] of [
    [sql`low_id`, sql`high_id`],
    [sql`high_id`, sql`low_id`],
  ]) {
    await sql`insert into members (conversation_id, user_id, joined_at)
      select id, ${user}, 0 from conversations where ${one} in (low_id, high_id)`.execute(db)
    await sql`insert into relations (owner_id, target_id, conversation_id, type, created_at)
      select ${user}, ${other}, id, ${RelationType.friend}, 0 from conversations where ${one} in (low_id, high_id)`.execute(
      db,
    )
  }
}

/** A group of ada and each of some users, under that user's id; those of the last two have many members. */
async function seedGroups(userIds: RawBuilder<unknown>): Promise<void> {
  await sql`insert into \`groups\` (id, code, name, owner_id, creator_id, created_at)
    select u.id, concat('Q', u.id), 'A group', 0, 0, 0 from (${userIds}) u`.execute(db)
  await sql`insert into conversations (kind, group_id, content, last_seq)
    select ${ChatType.group}, u.id, 'hello', ${messagesEach} from (${userIds}) u`.execute(db)
  const insert = (member: RawBuilder<unknown>, groups: RawBuilder<unknown>) =>
    sql`insert into members (conversation_id, user_id, joined_at)
      select c.id, ${member}, 0 from ${groups} join conversations c on c.group_id = g.id`.execute(db)
  await insert(sql`g.id`, sql`(${userIds}) g`)
  await insert(sql`${ada}`, sql`(${userIds}) g`)
  await insert(
    sql`m.id`,
    sql`(${userIds} order by id desc limit 2) g join (${userIds} order by id limit ${groupSize}) m`,
  )
}

/** The statements that `work` runs, whatever it says. */
async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  recorder.statements.length = 0
  await work()
  return [...recorder.statements]
}

/** Expects one statement, which finds the rows of each table by the whole of a unique key. */
async function expectLookups([statement, ...others]: Statement[], keys: Record<string, string>): Promise<void> {
  expect(others).toEqual([])
  const plan = statement ? await planOf(db, statement) : []
  const byTable = new Map(plan.map((step) => [step.table, step]))
  for (const [table, key] of Object.entries(keys)) expect(byTable.get(table)).toMatchObject({ key, type: 'eq_ref' })
}

/** Expects one statement, which finds its rows in the order in which they are wanted. */
async function expectUnsorted([statement, ...others]: Statement[]): Promise<void> {
  expect(others).toEqual([])
  for (const step of statement ? await planOf(db, statement) : [])
    expect({ ...statement, Extra: step.Extra ?? '' }).toMatchObject({
      Extra: expect.not.stringMatching(/filesort|temporary/),
    })
}

describe('every query uses an index', () => {
  it.each(routeCalls)('of %s', async (_title, make) => {
    const statements = await statementsOf(() => make({ clients, name: crowd, ada, bob, eve, stranger }))
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements.filter(({ sql }) => !/^insert/i.test(sql))) {
      for (const step of await planOf(db, statement)) {
        if (isNothing(step) || isListed(step)) continue
        expect({ ...statement, ...step }).toMatchObject({
          key: expect.any(String),
          type: expect.not.stringMatching(/^(ALL|index)$/),
        })
      }
    }
  })

  it('and the list looks each friend up by the whole of a unique key', async () => {
    const statements = await statementsOf(() => friend.list(stores, ada))
    await expectLookups(statements, { u: 'PRIMARY', c: 'PRIMARY', m: 'PRIMARY', peer: 'PRIMARY' })
  })

  it('and the list reads only an index of relations', async () => {
    const [statement] = await statementsOf(() => friend.list(stores, ada))
    const [first] = statement ? await planOf(db, statement) : []
    expect(first).toMatchObject({ table: 'r', key: 'relations_list', Extra: expect.stringContaining('Using index') })
  })

  it.each(places)('and the sync finds each $kind by its address, and reads no more than is missed', async (place) => {
    const friends = (await friend.list(stores, ada)).items.slice(0, 200)
    const missed = (after_seq: number) => {
      const conversations = friends.map(({ id }) => ({ target_id: id, chat_type: place.chat_type, after_seq }))
      return statementsOf(() => sync(stores, ada, { conversations, limit: 200 }))
    }
    const [ends, messages, ...others] = await missed(messagesEach - 3)
    expect(others).toEqual([])
    await expectLookups(ends ? [ends] : [], { me: 'PRIMARY', peer: 'PRIMARY' })
    for (const [statement, table, key, count] of [
      [ends, 'c', place.key, 200],
      [messages, 'm', 'messages_seq', 3 * 200],
    ] as const) {
      const step = statement && (await planOf(db, statement)).find((one) => one.table === table)
      expect(step).toMatchObject({ type: 'range', key })
      expect(Number(step?.rows)).toBeLessThan(2 * count)
    }
    expect(await missed(messagesEach)).toHaveLength(1)
  })

  it.each(places)(
    'and the history of $kind is read in the order of its index, without sorting',
    async ({ chat_type }) => {
      // Of a whole conversation in one page, sorting would be as good a plan.
      const page = { target_id: eve, chat_type, limit: 20 }
      for (const point of [{}, { before_seq: 50 }, { after_seq: 50 }]) {
        await expectUnsorted(await statementsOf(() => history(stores, ada, { ...page, ...point })))
      }
    },
  )

  it('and the search reads no more than it looks through', async () => {
    const [places, ...steps] = await statementsOf(() =>
      search(stores, ada, { q: 'absent' }, { ...bounds, pageMs: 60_000 }),
    )
    await expectLookups(places ? [places] : [], { c: 'PRIMARY' })
    expect(steps).toHaveLength(bounds.stepsAPage)
    for (const statement of steps) {
      const [step] = await planOf(db, statement)
      expect(step).toMatchObject({ table: 'm', type: 'range', key: 'messages_seq' })
      expect(Number(step?.rows)).toBeLessThan(2 * bounds.messagesAStep)
    }
  })

  it('and so are the requests', async () => {
    await expectUnsorted(await statementsOf(() => friendRequest.pending(stores, ada)))
  })
})

describe('a list of 200 friends', () => {
  it('is one statement and one round trip to Redis', async () => {
    const owner = await person('owner')
    await sql`insert into conversations (low_id, high_id, content)
      select least(u.id, ${owner}), greatest(u.id, ${owner}), '' from users u
      where u.username like ${`${crowd}-friend%`} order by u.id limit 200`.execute(db)
    await befriendInAll(owner)
    await redis.ping()
    recorder.statements.length = 0
    const trips = await roundTrips(redis, async () =>
      expect((await friend.list(stores, owner)).items).toHaveLength(200),
    )
    expect(recorder.statements).toHaveLength(1)
    expect(trips).toBe(1)
  })
})
