/** Checks that sent messages are stored: in the database if it is known, else by the end of each history. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { call } from '../infra/client/http.ts'
import type { Person } from '../infra/client/people.ts'
import type { Target } from './testbed.ts'

/** The messages that one person has sent to another. */
export interface Sent {
  readonly person: Person
  readonly targetId: number
  /** When each message was sent, by its number. */
  readonly sentAt: readonly number[]
}

/** How many messages are missing, too many, or leave a hole in their conversation's numbers, 10 s after the last. */
export async function notStored(target: Target, speakers: readonly Sent[]): Promise<number> {
  const deadline = Date.now() + 10_000
  const { mysqlUrl } = target
  for (;;) {
    const missing = mysqlUrl === undefined ? await inHistory(target, speakers) : await inDatabase(mysqlUrl, speakers)
    if (missing === 0 || Date.now() > deadline) return missing
    await sleep(200)
  }
}

async function inDatabase(mysqlUrl: string, speakers: readonly Sent[]): Promise<number> {
  const database = await createConnection(mysqlUrl)
  const ids = speakers.map(({ person }) => person.id)
  const [senders] = await database.query<RowDataPacket[]>(
    'select from_user_id as id, count(*) as stored from messages where from_user_id in (?) group by from_user_id',
    [ids],
  )
  const [conversations] = await database.query<RowDataPacket[]>(
    `select cast(max(seq) as signed) - count(*) as holes from messages where conversation_id in (
       select conversation_id from messages where from_user_id in (?)) group by conversation_id`,
    [ids],
  )
  await database.end()
  const stored = new Map(senders.map((row) => [Number(row.id), Number(row.stored)]))
  const missing = speakers.map(({ person, sentAt }) => Math.abs(sentAt.length - (stored.get(person.id) ?? 0)))
  return [...missing, ...conversations.map((row) => Number(row.holes))].reduce((sum, count) => sum + count, 0)
}

// The last hundred of a pair hold the last messages of each side, without a gap.
async function inHistory({ base }: Target, speakers: readonly Sent[]): Promise<number> {
  let missing = 0
  for (const { person, targetId, sentAt } of speakers) {
    const path = `/api/chat/history?target_id=${targetId}`
    const history = await call<{ from_user_id: number; content: string }[]>(base, 'GET', path, person.token)
    const own = history.filter(({ from_user_id }) => from_user_id === person.id)
    const numbers = own.map(({ content }) => Number.parseInt(content, 10))
    const first = history.length < 100 ? 0 : (numbers[0] ?? sentAt.length)
    const shown = new Set(numbers)
    for (let number = first; number < sentAt.length; number++) missing += shown.has(number) ? 0 : 1
  }
  return missing
}
