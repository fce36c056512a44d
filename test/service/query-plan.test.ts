/** What the routes ask of the databases: how much, and by which index, among 1,000 friends and 100,000 messages. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import { RelationType, RequestStatus } from '../../lib/schema/tables.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { history } from '../../lib/service/conversation/history.ts'
import { sync } from '../../lib/service/conversation/sync.ts'
import { routeCalls } from './calls.ts'
import { isListed, planOf, recordingDb, roundTrips, type Statement } from './recorder.ts'
import { closeClients, db, listeningGateway, person, redis } from './stage.ts'

const recorder = recordingDb()
const stores = { db: recorder.db, redis }
const clients = { ...stores, gateway: listeningGateway().gateway }
const friendCount = 1000
const messagesEach = 100

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
  ada = await person('ada')
  await seed()
  ;[bob = 0, eve = 0] = (await friend.list({ db, redis }, ada)).items.map(({ id }) => id)
  stranger = await person('stranger')
})

const withEve = () => ({ target_id: eve, chat_type: ChatType.direct })

/** Ada's 1,000 friends with their conversations, 1,000 requests to her, 1,000 people she has blocked. */
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
    await sql`insert into relations (owner_id, target_id, type, created_at)
      select ${owner}, ${target}, ${RelationType.friend}, 0 from ${friends}`.execute(db)
    await sql`insert into friend_requests (sender_id, receiver_id, status, created_at)
      select ${owner}, ${target}, ${RequestStatus.accepted}, 0 from ${friends}`.execute(db)
  }
  for (const user of ['low_id', 'high_id']) {
    await sql`insert into members (conversation_id, user_id, joined_at)
      select c.id, ${sql.ref(`c.${user}`)}, 0 from conversations c where ${ada} in (c.low_id, c.high_id)`.execute(db)
  }
  await sql`insert into friend_requests (sender_id, receiver_id, created_at)
    select u.id, ${ada}, 0 from ${others} and u.username like ${`${crowd}-sender%`}`.execute(db)
  await sql`insert into relations (owner_id, target_id, type, created_at)
    select ${ada}, u.id, ${RelationType.blocked}, 0 from ${others} and u.username like ${`${crowd}-blocked%`}`.execute(
    db,
  )
  await sql`insert into messages
    (conversation_id, seq, from_user_id, to_user_id, content, type, media, created_at, record_id, body_hash)
    ${numbers(messagesEach)}
    select c.id, n.i, c.low_id, c.high_id, 'hello', 2, 1, 0, concat(c.id, '-', n.i), repeat('x', 32)
    from conversations c join n where ${ada} in (c.low_id, c.high_id)`.execute(db)
  // Among the rows of everyone else: of a table that is mostly one user's own, the database had better read it all.
  const neighbours = sql`users a join users b on b.id between a.id + 1 and a.id + 20
    where a.username like ${`${crowd}%`} and b.username like ${`${crowd}%`}`
  await sql`insert into relations (owner_id, target_id, type, created_at)
    select a.id, b.id, ${RelationType.blocked}, 0 from ${neighbours}`.execute(db)
  await sql`insert into friend_requests (sender_id, receiver_id, status, created_at)
    select a.id, b.id, ${RequestStatus.refused}, 0 from ${neighbours}`.execute(db)
  await sql`analyze table users, conversations, members, relations, friend_requests, messages`.execute(db)
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

describe('every query uses an index', () => {
  it.each(routeCalls)('of %s', async (_title, make) => {
    const statements = await statementsOf(() => make({ clients, name: crowd, ada, bob, eve, stranger }))
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements.filter(({ sql }) => !/^insert/i.test(sql))) {
      for (const step of await planOf(db, statement)) {
        // Nothing left to look at: the database has found by a unique key that there is no such row.
        if (step.table === null || isListed(step)) continue
        expect({ ...statement, ...step }).toMatchObject({
          key: expect.any(String),
          type: expect.not.stringMatching(/^(ALL|index)$/),
        })
      }
    }
  })

  it('and the list looks each friend up by the whole of a unique key', async () => {
    const statements = await statementsOf(() => friend.list(stores, ada))
    await expectLookups(statements, { u: 'PRIMARY', c: 'conversations_pair', m: 'PRIMARY', peer: 'PRIMARY' })
  })

  it('and the list reads only an index of relations', async () => {
    const [statement] = await statementsOf(() => friend.list(stores, ada))
    const [first] = statement ? await planOf(db, statement) : []
    expect(first).toMatchObject({ table: 'r', key: 'relations_list', Extra: expect.stringContaining('Using index') })
  })

  it('and the sync looks each message up by its number', async () => {
    const friends = (await friend.list(stores, ada)).items.slice(0, 200)
    const conversations = friends.map(({ id }) => ({ target_id: id, chat_type: ChatType.direct, after_seq: 0 }))
    const statements = await statementsOf(() => sync(stores, ada, { conversations, limit: 200 }))
    await expectLookups(statements, { c: 'conversations_pair', me: 'PRIMARY', peer: 'PRIMARY', m: 'messages_seq' })
  })

  it('and the history and the requests are read in the order of their index, without sorting', async () => {
    // Of a whole conversation in one page, sorting would be as good a plan.
    for (const work of [
      () => history(stores, ada, { ...withEve(), limit: 20 }),
      () => history(stores, ada, { ...withEve(), limit: 20, before_seq: 50 }),
      () => history(stores, ada, { ...withEve(), limit: 20, after_seq: 50 }),
      () => friendRequest.pending(stores, ada),
    ]) {
      const [statement, ...others] = await statementsOf(work)
      expect(others).toEqual([])
      for (const step of statement ? await planOf(db, statement) : [])
        expect({ ...statement, Extra: step.Extra ?? '' }).toMatchObject({
          Extra: expect.not.stringMatching(/filesort|temporary/),
        })
    }
  })
})

describe('a list of 200 friends', () => {
  it('is one statement and one round trip to Redis', async () => {
    const owner = await person('owner')
    await sql`insert into conversations (low_id, high_id, content)
      select least(u.id, ${owner}), greatest(u.id, ${owner}), '' from users u
      where u.username like ${`${crowd}-friend%`} order by u.id limit 200`.execute(db)
    for (const user of ['low_id', 'high_id']) {
      await sql`insert into members (conversation_id, user_id, joined_at)
        select c.id, ${sql.ref(`c.${user}`)}, 0 from conversations c where ${owner} in (c.low_id, c.high_id)`.execute(
        db,
      )
    }
    for (const columns of [sql`owner_id, target_id`, sql`target_id, owner_id`]) {
      await sql`insert into relations (${columns}, type, created_at)
        select ${owner}, u.id, ${RelationType.friend}, 0 from users u
        where u.username like ${`${crowd}-friend%`} order by u.id limit 200`.execute(db)
    }
    await redis.ping()
    recorder.statements.length = 0
    const trips = await roundTrips(redis, async () =>
      expect((await friend.list(stores, owner)).items).toHaveLength(200),
    )
    expect(recorder.statements).toHaveLength(1)
    expect(trips).toBe(1)
  })
})
