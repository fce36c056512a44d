/** What MySQL takes when rows are all there is: the columns and keys of messages, in a table of its own. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import { round } from '../figures.ts'
import type { Result } from '../result.ts'
import type { Target } from '../stage.ts'
import { inLanes, measureFloor } from './rate.ts'

const connections = 4
const columns = 'conversation_id, seq, from_user_id, to_user_id, content, type, media, created_at, record_id, body_hash'

export async function measureInserts(target: Pick<Target, 'pids'> & { mysqlUrl: string }): Promise<Result[]> {
  const databases = await Promise.all(Array.from({ length: connections }, () => createConnection(target.mysqlUrl)))
  const [database] = databases
  if (!database) return []
  await database.query('create table floor_messages like messages')
  try {
    const results: Result[] = []
    for (const rows of [1, 100]) {
      const result = await measureFloor(
        { pids: { ...(target.pids.mysql && { mysql: target.pids.mysql }) }, mysqlUrl: target.mysqlUrl },
        {
          workload: 'floor: raw INSERT',
          setting: { connections, rowsAStatement: rows },
          run: (seconds) =>
            inLanes(connections, seconds, async (lane) => {
              await databases[lane]?.query(`insert into floor_messages (${columns}) values ?`, [rowsOf(rows, lane)])
            }),
        },
      )
      const mysql = round((result.cpuMsPerOperation?.mysql ?? 0) / rows)
      results.push({
        ...result,
        more: { ...result.more, 'rows/s': round(result.perSecond * rows), 'MySQL CPU ms a row': mysql },
      })
    }
    return results
  } finally {
    await database.query('drop table floor_messages')
    await Promise.all(databases.map((each) => each.end()))
  }
}

let seq = 0

function rowsOf(count: number, lane: number): unknown[][] {
  return Array.from({ length: count }, () => {
    const content = 'a message as people write them, some words long'
    return [lane + 1, ++seq, 123, 456, content, 2, 1, Date.now(), randomUUID(), randomBytes(32)]
  })
}
