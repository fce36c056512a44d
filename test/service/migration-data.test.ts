/**
 * A start on data of an earlier version. The rows and what each person saw of them were written down by that version's own
 * services, over some 160 random batches and marks, with friendships that ended, were blocked and began again.
 */
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Db } from '../../lib/client/mysql.ts'
import { ChatType } from '../../lib/core/address.ts'
import { migrate } from '../../lib/schema/migrate.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { sync } from '../../lib/service/conversation/sync.ts'
import { store } from '../../lib/service/message/store.ts'
import { type FreshDatabase, freshDatabase } from './fresh-database.ts'
import { closeClients, record, redis } from './stage.ts'

const Bytes = z.object({ hex: z.string() })
const Row = z.record(z.string(), z.union([z.string(), z.number(), z.null(), Bytes]))
const Seen = z.object({
  id: z.number(),
  friends: z.array(z.looseObject({ id: z.number(), content: z.string() })),
  synced: z.array(z.looseObject({ target_id: z.number(), messages: z.array(z.number()) })),
})
const before = z
  .object({ tables: z.record(z.string(), z.array(Row)), seen: z.record(z.string(), Seen) })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/schema/0001-data.json', import.meta.url), 'utf8')))

let fresh: FreshDatabase
let db: Db
beforeAll(async () => {
  fresh = await freshDatabase()
  db = fresh.open()
  await migrate(db, '0001-chat')
  for (const [table, rows] of Object.entries(before.tables)) {
    for (const row of rows) {
      const values = Object.values(row).map((value) =>
        typeof value === 'object' && value !== null ? sql`${Buffer.from(value.hex, 'hex')}` : sql`${value}`,
      )
      const columns = Object.keys(row).map((name) => sql.ref(name))
      await sql`insert into ${sql.table(table)} (${sql.join(columns)}) values (${sql.join(values)})`.execute(db)
    }
  }
  await migrate(db)
})

afterAll(async () => {
  await fresh.drop()
  await closeClients()
})

describe('after the migration', () => {
  it.each(Object.entries(before.seen))('%s sees the same friends, marks and unread counts', async (_name, seen) => {
    const { items } = await friend.list({ db, redis }, seen.id)
    expect(items.map(({ online: _online, ...each }) => each)).toEqual(seen.friends)
  })

  it.each(Object.entries(before.seen))('%s is given the same messages and ends by sync', async (_name, seen) => {
    const asked = seen.synced.map(({ target_id }) => ({ target_id, chat_type: ChatType.direct, after_seq: 0 }))
    const answer = await sync({ db }, seen.id, { conversations: asked, limit: 200 })
    expect(answer.map(({ messages, ...each }) => ({ ...each, messages: messages.map(({ id }) => id) }))).toEqual(
      seen.synced,
    )
  })

  it('each relation names the conversation of its two', async () => {
    const { rows } = await sql<{ conversation_id: number; id: number }>`select r.conversation_id, c.id from relations r
      join conversations c on r.owner_id in (c.low_id, c.high_id) and r.target_id in (c.low_id, c.high_id)`.execute(db)
    expect(rows).toHaveLength(before.tables.relations?.length ?? Number.NaN)
    expect(rows.map(({ conversation_id }) => conversation_id)).toEqual(rows.map(({ id }) => id))
  })

  it('a relation that functions of before make since names it when migrations have run again', async () => {
    const { id, conversation_id, ...row } = await db.selectFrom('relations').selectAll().executeTakeFirstOrThrow()
    await db.deleteFrom('relations').where('id', '=', id).execute()
    const columns = Object.keys(row).map((name) => sql.ref(name))
    const values = Object.values(row).map((value) => sql`${value}`)
    await sql`insert into relations (${sql.join(columns)}) values (${sql.join(values)})`.execute(db)
    expect(await migrate(db)).toEqual([])
    const again = db.selectFrom('relations').selectAll().where('owner_id', '=', row.owner_id)
    expect(await again.where('target_id', '=', row.target_id).executeTakeFirst()).toMatchObject({ conversation_id })
  })

  it('repeated after a crash before it was noted, it changes nothing', async () => {
    const members = () => db.selectFrom('members').selectAll().orderBy('conversation_id').orderBy('user_id').execute()
    const relations = () => db.selectFrom('relations').selectAll().orderBy('id').execute()
    const carried = [await members(), await relations()]
    await sql`delete from kysely_migration where name >= '0002-members'`.execute(db)
    await migrate(db)
    expect([await members(), await relations()]).toEqual(carried)
  })

  it('goes on after a crash between its steps', async () => {
    const relations = () => db.selectFrom('relations').selectAll().orderBy('id').execute()
    const named = await relations()
    const undo = [
      sql`drop key relations_list, add key relations_list (owner_id, type, target_id, \`desc\`)`,
      sql`drop key relations_list, drop column conversation_id, add key relations_list (owner_id, type, target_id, \`desc\`)`,
    ]
    for (const step of undo) {
      await sql`alter table relations ${step}`.execute(db)
      await sql`delete from kysely_migration where name >= '0004'`.execute(db)
      await migrate(db)
      const after = await relations()
      expect(after).toEqual(named)
    }
  })

  it('what follows is counted on from there', async () => {
    const [ada] = Object.values(before.seen)
    const [first] = ada?.friends ?? []
    if (!ada || !first) throw new Error('ada has no friends')
    await store({ db }, [record(first.id, ada.id), record(ada.id, first.id), record(first.id, ada.id)], Date.now())
    const { items } = await friend.list({ db, redis }, ada.id)
    expect(items.find(({ id }) => id === first.id)).toMatchObject({
      unread_count: Number(first.unread_count) + 2,
      last_seq: Number(first.last_seq) + 3,
      read_seq: first.read_seq,
    })
  })
})
