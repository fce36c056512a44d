/** The baseline of the database: rows with the columns and keys of messages, in a table of its own, and nothing else. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import { round } from './figures.ts'
import { measureRate } from './rate.ts'
import type { Result } from './result.ts'
import type { Testbed } from './testbed.ts'

const connections = 4
const seconds = 10
const columns = 'conversation_id, seq, from_user_id, to_user_id, content, type, media, created_at, record_id, body_hash'

export async function measureInserts({ pids, mysqlUrl }: Testbed): Promise<Result[]> {
  const databases = await Promise.all(Array.from({ length: connections }, () => createConnection(mysqlUrl)))
  const query = async (client: number, sql: string, values?: unknown[]) => await databases[client]?.query(sql, values)
  await query(0, 'create table bench_messages like messages')
  try {
    const results: Result[] = []
    for (const rows of [1, 100]) {
      const result = await measureRate(
        { pids: { ...(pids.mysql && { mysql: pids.mysql }) }, mysqlUrl },
        {
          workload: 'raw insert',
          setting: { connections, rowsAStatement: rows },
          clients: connections,
          seconds,
          operation: (client) =>
            query(client, `insert into bench_messages (${columns}) values ?`, [rowsOf(rows, client + 1)]),
        },
      )
      const mysql = round((result.cpuMsPerOperation?.mysql ?? 0) / rows)
      results.push({ ...result, more: { 'rows/s': round(result.perSecond * rows), 'MySQL CPU ms a row': mysql } })
    }
    return results
  } finally {
    await query(0, 'drop table bench_messages')
    await Promise.all(databases.map((database) => database.end()))
  }
}

let seq = 0

function rowsOf(count: number, conversationId: number): unknown[][] {
  return Array.from({ length: count }, () => {
    const content = 'a message as people write them, some words long'
    return [conversationId, ++seq, 123, 456, content, 2, 1, Date.now(), randomUUID(), randomBytes(32)]
  })
}
