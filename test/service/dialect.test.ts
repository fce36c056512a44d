/** All SQL of the project is in what MySQL 8.0 to 8.4 and MariaDB 10.11 to 11.4 read alike. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { probeMysql } from '../../infra/services/probe.ts'
import { openDb } from '../../lib/client/mysql.ts'
import { migrate } from '../../lib/schema/migrate.ts'
import { store } from '../../lib/service/message/store.ts'
import { otherCalls, routeCalls } from './calls.ts'
import { bare, forbidden, formsIn, strangersIn } from './dialect.ts'
import { type FreshDatabase, freshDatabase } from './fresh-database.ts'
import { beginning, type Log, logOf } from './recorder.ts'
import { befriend, closeClients, db, listeningGateway, noSlices, person, record, redis } from './stage.ts'
import { group, recordInGroup } from './talk.ts'

const root = join(import.meta.dirname, '..', '..')
const calls = [...routeCalls, ...otherCalls]

let fresh: FreshDatabase
let log: Log
const names = new Set<string>()
const statements = (): string[] => [...new Map(log.texts.map((text) => [bare(text), text])).values()]

beforeAll(async () => {
  fresh = await freshDatabase()
  const [ada, bob, eve, stranger] = [await person('ada'), await person('bob'), await person('eve'), await person('x')]
  await befriend(ada, bob)
  await befriend(ada, eve)
  await group(bob, ada)
  const said = Array.from({ length: 10 }, () => [record(bob, ada), recordInGroup(bob, bob)])
  await store({ db }, said.flat(), Date.now())
  log = await logOf(async () => {
    // As on a machine without one, then as deployed, then each function.
    await probeMysql(fresh.missingUrl)
    const database = fresh.open()
    await migrate(database, '0001-chat')
    // What it carries over is asked only where there is something.
    await sql`insert into conversations (low_id, high_id, content) values (1, 2, '')`.execute(database)
    await sql`insert into relations (owner_id, target_id, type, created_at) values (1, 2, 1, 0)`.execute(database)
    await migrate(database)
    const clients = {
      db: openDb({ multipleStatements: true }),
      redis,
      gateway: listeningGateway().gateway,
      slices: noSlices,
    }
    const name = `dialect-${randomUUID()}`
    for (const [, make] of calls) await make({ clients, name, ada, bob, eve, stranger })
    await clients.db.destroy()
  })
  const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns where table_schema = database()
    union select table_name from information_schema.tables where table_schema = database()
    union select index_name from information_schema.statistics where table_schema = database()
    union select constraint_name from information_schema.table_constraints where table_schema = database()
  `.execute(fresh.open())
  for (const row of rows) names.add(row.name.toLowerCase())
  // They are there until the migration that has taken their place.
  for (const name of ['last_read_seq', 'unread_count']) names.add(name)
})

afterAll(async () => {
  await fresh.drop()
  await closeClients()
})

/** The files below a folder, with what they hold. */
const filesIn = (folder: string): [path: string, text: string][] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [join(folder, file), readFileSync(join(root, folder, file), 'utf8')])

describe('what is looked at', () => {
  it('is what every function asks that uses the database', () => {
    const using = filesIn('functions')
      .filter(([, text]) => text.includes('client/mysql'))
      .map(([path]) => path.replace(/^functions\/|\.ts$/g, ''))
    const called = new Set(calls.map(([title]) => title.replace(/ .*/, '')))
    expect(using.filter((name) => !called.has(name))).toEqual(['operations/migrate'])
  })

  it('comes from every place in lib that builds a statement', () => {
    const places = filesIn('lib').flatMap(([path, text]) =>
      text.split('\n').flatMap((line, index) => (beginning.test(line) ? [`${path}:${index + 1}`] : [])),
    )
    expect(places.filter((place) => !log.places.has(place))).toEqual([])
  })

  it('holds the migrations, the settings of a connection and the ends of transactions, too', () => {
    for (const start of ['create table', 'set session', 'begin', 'commit', 'rollback', 'create database'])
      expect(statements().filter((text) => bare(text).startsWith(start))).not.toEqual([])
  })
})

describe('all SQL', () => {
  it.each(Object.keys(forbidden))('does without %s', (form) => {
    expect(statements().filter((text) => formsIn(text).includes(form))).toEqual([])
  })

  it('uses only words and operators that are known to mean the same everywhere', () => {
    const strange = statements().map((text) => [text, strangersIn(text, names)] as const)
    expect(strange.filter(([, words]) => words.length > 0)).toEqual([])
  })
})

describe('the check', () => {
  const examples = Object.entries(forbidden).flatMap(([form, { examples }]) =>
    examples.map((text) => [form, text] as const),
  )

  it.each(examples)('finds %s in: %s', (form, text) => {
    expect(formsIn(text)).toContain(form)
  })

  it('does not look into texts and quoted names', () => {
    const text = "select `rank` from `t` where a = 'for share' and b = X'2d3e' and c = 'it''s \\'returning\\''"
    expect(formsIn(text)).toEqual([])
    expect(strangersIn(text, names)).toEqual([])
  })

  it.each([
    ['select approx_count(a) from users', ['approx_count']],
    ['select a from users where a <=> 1', ['<=>']],
    ['select id || username from users', ['||']],
    ['select 0x10', ['0x10']],
    ['select a from nowhere', ['nowhere']],
    ['with far (off) as (select 1), near as (select off, away from far) select off from near', ['away']],
  ])('stops at what it does not know: %s', (text, strangers) => {
    expect(strangersIn(text, names)).toEqual(strangers)
  })
})
