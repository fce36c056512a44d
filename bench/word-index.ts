/**
 * What an index of words would cost at each insert: batches of 100 messages into a table like `messages`, by turns without and with
 * a full-text index of pairs of characters (ngram), on a MySQL of one's own that has the tables. MariaDB has no such parser.
 *
 *     npx node bench/word-index.ts mysql://root@127.0.0.1:3306/gochat
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import { round } from './figures.ts'

const [url = ''] = process.argv.slice(2)
const [batches, rowsEach, rounds] = [100, 100, 3]
const columns = 'conversation_id, seq, from_user_id, to_user_id, content, type, media, created_at, record_id, body_hash'
const words = 'the of and to in that is was for it with as his on be at by had not are but from or have an they'.split(
  ' ',
)
const signs = [...'的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生']
const some = (from: readonly string[], count: number, between: string): string =>
  Array.from({ length: count }, () => from[Math.floor(Math.random() * from.length)]).join(between)

const database = await createConnection(url)
const tables = { without: 'word_index_without', with: 'word_index_with' }
try {
  for (const table of Object.values(tables)) await database.query(`create table ${table} like messages`)
  await database.query(`alter table ${tables.with} add fulltext index words (content) with parser ngram`)
  let seq = 0
  const rowsOf = () =>
    Array.from({ length: rowsEach }, (_, index) => {
      const content = index % 2 ? some(words, 9, ' ') : some(signs, 20, '')
      return [1 + (index % 20), ++seq, 123, 456, content, 2, 1, Date.now(), randomUUID(), randomBytes(32)]
    })
  const msOf = async (table: string) => {
    const prepared = Array.from({ length: batches }, rowsOf)
    const begun = performance.now()
    for (const rows of prepared) await database.query(`insert into ${table} (${columns}) values ?`, [rows])
    return (performance.now() - begun) / batches
  }
  for (let turn = 0; turn <= rounds; turn++) {
    const [plain, indexed] = [await msOf(tables.without), await msOf(tables.with)]
    if (turn > 0) console.log(`a batch of ${rowsEach}: ${round(plain)} ms without, ${round(indexed)} ms with the index`)
  }
} finally {
  for (const table of Object.values(tables)) await database.query(`drop table if exists ${table}`)
  await database.end()
}
