/** Lists of people: whatever their names and texts hold, each page is below what a function may return, and none is lost. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { previewLength } from '../../lib/core/preview.ts'
import { RelationType } from '../../lib/schema/tables.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { store } from '../../lib/service/message/store.ts'
import type { Page, PageQuery } from '../../lib/wire/page.ts'
import { closeClients, db, friends, person, record, redis } from './stage.ts'

afterAll(closeClients)

const crowdSize = 3_200
const answerMaxBytes = 6 * 1024 * 1024

let popular: number
beforeAll(async () => {
  popular = await person('popular')
  const crowd = `crowd-${randomUUID()}-`
  // Four bytes a character; a control character is six in JSON.
  const filled = (length: number) => sql`repeat('\u{1f600}', ${length})`
  await sql`insert into users (username, username_key, password, nickname, avatar, email, phone, created_at, updated_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000)
    select concat(${crowd}, a.i, '-', b.i), concat(${crowd}, a.i, '-', b.i), 'x', ${filled(64)}, ${filled(255)}, '', '', 1, 1
    from n a join n b on b.i <= ${crowdSize / 800} where a.i <= 800`.execute(db)
  const theirs = sql`select id from users where username like ${`${crowd}%`}`
  await sql`insert into conversations (low_id, high_id, content, last_message_time)
    select ${popular}, id, repeat(char(1), 16384), id div 7 from (${theirs}) u`.execute(db)
  for (const [user, other] of [
    [sql`low_id`, sql`high_id`],
    [sql`high_id`, sql`low_id`],
  ]) {
    await sql`insert into members (conversation_id, user_id, joined_at)
      select id, ${user}, 0 from conversations where low_id = ${popular}`.execute(db)
    await sql`insert into relations (owner_id, target_id, conversation_id, type, \`desc\`, created_at)
      select ${user}, ${other}, id, ${RelationType.friend}, ${filled(64)}, 0
      from conversations where low_id = ${popular}`.execute(db)
  }
  await sql`insert into friend_requests (sender_id, receiver_id, remark, created_at)
    select id, ${popular}, ${filled(255)}, 0 from (${theirs}) u`.execute(db)
}, 60_000)

/** All entries of a list, page by page. */
async function walk<T>(list: (query: PageQuery) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  for (let query: PageQuery | undefined = {}; query; ) {
    const { items, next }: Page<T> = await list(query)
    expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(answerMaxBytes)
    expect(items.length > 0).toBe(true)
    all.push(...items)
    query = next && { cursor: String(next.cursor) }
  }
  return all
}

describe('a list of more people than one answer holds', () => {
  it('gives all friends once, the last spoken with first', async () => {
    const all = await walk((query) => friend.list({ db, redis }, popular, query))
    expect(new Set(all.map(({ id }) => id)).size).toBe(crowdSize)
    const sorted = [...all].sort((a, b) => b.last_message_time - a.last_message_time || a.id - b.id)
    expect(all.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id))
  })

  it('gives all requests once, newest first', async () => {
    const ids = (await walk((query) => friendRequest.pending({ db }, popular, query))).map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a))
    expect(ids).toHaveLength(crowdSize)
  })

  it('gives all who are blocked once', async () => {
    await db.updateTable('relations').set({ type: RelationType.blocked }).where('owner_id', '=', popular).execute()
    const all = await walk((query) => block.list({ db }, popular, query))
    expect(new Set(all.map(({ id }) => id)).size).toBe(crowdSize)
  })
})

describe("a friend's last message", () => {
  it('is shown by its beginning, in whole characters', async () => {
    const { ada, bob } = await friends()
    const content = '😀'.repeat(previewLength + 1)
    await store({ db }, [record(bob, ada, { content })], Date.now())
    const { items } = await friend.list({ db, redis }, ada)
    expect(items.map((row) => row.content)).toEqual(['😀'.repeat(previewLength)])
    expect((await friend.info({ db, redis }, ada, { target_id: bob })).content).toBe('😀'.repeat(previewLength))
  })
})
