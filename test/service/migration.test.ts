/** Migrations, on databases of their own: all tables, once, whatever happened before; and what the database refuses. */
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { Db } from '../../lib/client/mysql.ts'
import { migrate } from '../../lib/schema/migrate.ts'
import { type NewMessage, RequestStatus } from '../../lib/schema/tables.ts'
import { isDataError, isDuplicateKey } from '../../lib/service/store/transaction.ts'
import { type FreshDatabase, freshDatabase } from './fresh-database.ts'
import { closeClients } from './stage.ts'

const migrations = readdirSync(join(import.meta.dirname, '../../lib/schema/migrations'))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort()
const tables = [
  'conversations',
  'dead_letters',
  'deletions',
  'friend_requests',
  'groups',
  'group_requests',
  'media',
  'media_links',
  'members',
  'mentions',
  'messages',
  'open_sessions',
  'reactions',
  'refusals',
  'relations',
  'sessions',
  'users',
]

const made: FreshDatabase[] = []
let fresh: FreshDatabase
let db: Db
beforeEach(async () => {
  fresh = await freshDatabase()
  made.push(fresh)
  db = fresh.open()
})

afterAll(async () => {
  await Promise.all(made.map((database) => database.drop()))
  await closeClients()
})

async function tablesOf(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = database() and table_name not like 'kysely%' order by table_name`.execute(db)
  return rows.map(({ name }) => name)
}

describe('migrating', () => {
  it('makes all tables of an empty database, by every migration in its folder, in order', async () => {
    expect(await migrate(db)).toEqual(migrations)
    expect(await tablesOf()).toEqual(tables)
  })

  it('finds nothing to do the second time', async () => {
    await migrate(db)
    expect(await migrate(db)).toEqual([])
  })

  it('applies each migration once when several begin at once', async () => {
    const applied = await Promise.all([db, fresh.open(), fresh.open(), fresh.open()].map((each) => migrate(each)))
    expect(applied.flat()).toEqual(migrations)
    expect(await tablesOf()).toEqual(tables)
  })

  it('goes on after a crash between two tables', async () => {
    await migrate(db)
    for (const table of tables.slice(3)) await sql`drop table ${sql.table(table)}`.execute(db)
    await sql`delete from kysely_migration`.execute(db)
    expect(await migrate(db)).toEqual(migrations)
    expect(await tablesOf()).toEqual(tables)
  })

  it('goes on after a crash between the last table and the note of it, and keeps what is stored', async () => {
    await migrate(db)
    await db.insertInto('users').values(user('ada')).execute()
    await sql`delete from kysely_migration`.execute(db)
    expect(await migrate(db)).toEqual(migrations)
    expect(await db.selectFrom('users').select('username').execute()).toEqual([{ username: 'ada' }])
  })

  it('compares texts byte by byte in every column, whatever the database’s own collation is', async () => {
    await migrate(db)
    const { rows } = await sql<{ collation: string }>`
      select distinct collation_name as collation from information_schema.columns
      where table_schema = database() and table_name not like 'kysely%' and collation_name is not null`.execute(db)
    expect(rows).toEqual([{ collation: 'utf8mb4_bin' }])
  })

  it('makes no index that MySQL would refuse as too long: MariaDB makes a hash of such a one', async () => {
    await migrate(db)
    const { rows } = await sql<{ kind: string }>`
      select distinct index_type as kind from information_schema.statistics where table_schema = database()`.execute(db)
    expect(rows).toEqual([{ kind: 'BTREE' }])
  })
})

const user = (username: string, key = username) => ({
  username,
  username_key: key,
  password: 'x',
  created_at: 0,
  updated_at: 0,
})

const message = (given: Partial<NewMessage>): NewMessage => ({
  conversation_id: 1,
  seq: 1,
  from_user_id: 1,
  to_user_id: 2,
  content: '',
  type: 2,
  media: 1,
  created_at: 0,
  record_id: Buffer.from(randomUUID()),
  client_msg_id: null,
  body_hash: Buffer.alloc(32),
  ...given,
})

const insertMessage = (given: Partial<NewMessage>) => db.insertInto('messages').values(message(given)).execute()
const insertUser = (name: string, key: string) => db.insertInto('users').values(user(name, key)).execute()
const insertRelation = (target_id: number, type: number) =>
  db.insertInto('relations').values({ owner_id: 1, target_id, conversation_id: 1, type, created_at: 0 }).execute()
const insertPair = (low_id: number, high_id: number) =>
  db.insertInto('conversations').values({ low_id, high_id, content: '' }).execute()
const insertRequest = (sender_id: number, receiver_id: number, status: number) =>
  db.insertInto('friend_requests').values({ sender_id, receiver_id, status, created_at: 0 }).execute()
const fileLetter = (offset: number) =>
  db
    .insertInto('dead_letters')
    .values({ topic: 't', partition: 0, offset, reason: '', payload: Buffer.alloc(0), created_at: 0 })
    .execute()

const { pending, accepted, refused, unseen } = RequestStatus
const bytes = (text: string): Buffer => Buffer.from(text)

type Insert = () => Promise<unknown>
const unique: [title: string, first: Insert, second: Insert, other: Insert][] = [
  [
    'a number twice in a conversation',
    () => insertMessage({ seq: 7 }),
    () => insertMessage({ seq: 7 }),
    () => insertMessage({ seq: 7, conversation_id: 2 }),
  ],
  [
    'a record twice',
    () => insertMessage({ seq: 1, record_id: bytes('r') }),
    () => insertMessage({ seq: 2, record_id: bytes('r') }),
    () => insertMessage({ seq: 2, record_id: bytes('R') }),
  ],
  [
    'a client_msg_id twice from one sender',
    () => insertMessage({ seq: 1, client_msg_id: bytes('m') }),
    () => insertMessage({ seq: 2, client_msg_id: bytes('m'), conversation_id: 2 }),
    () => insertMessage({ seq: 2, client_msg_id: bytes('m'), from_user_id: 2 }),
  ],
  ['a name twice', () => insertUser('Ada', 'ada'), () => insertUser('ADA', 'ada'), () => insertUser('ada', 'adá')],
  [
    'a second request that waits in one direction, shown or not',
    () => insertRequest(1, 2, pending),
    () => insertRequest(1, 2, unseen),
    () => insertRequest(2, 1, pending),
  ],
  ['two conversations of one pair', () => insertPair(1, 2), () => insertPair(1, 2), () => insertPair(1, 3)],
  ['two relations to one person', () => insertRelation(2, 1), () => insertRelation(2, 2), () => insertRelation(3, 1)],
  ['two dead letters from one place', () => fileLetter(5), () => fileLetter(5), () => fileLetter(6)],
]

describe('the database itself refuses', () => {
  beforeEach(async () => {
    await migrate(db)
  })

  it.each(unique)('%s, and nothing that only resembles it', async (_title, first, second, other) => {
    await first()
    await expect(second()).rejects.toSatisfy(isDuplicateKey)
    await other()
  })

  it('a conversation whose pair is not in order', async () => {
    await expect(insertPair(2, 1)).rejects.toSatisfy(isDataError)
    await expect(insertPair(2, 2)).rejects.toSatisfy(isDataError)
  })

  it('data that would have to be cut or changed', async () => {
    await expect(insertMessage({ content: 'x'.repeat(70_000) })).rejects.toSatisfy(isDataError)
    await expect(insertUser('x'.repeat(65), 'x')).rejects.toSatisfy(isDataError)
    await expect(insertMessage({ media: 256 })).rejects.toSatisfy(isDataError)
  })

  it('no message without a client_msg_id, and no request after settled ones', async () => {
    await insertMessage({ seq: 1 })
    await insertMessage({ seq: 2 })
    for (const status of [refused, refused, accepted, accepted, pending]) await insertRequest(1, 2, status)
  })
})
