/** Groups of very many, made at once, and what is written for them. */
import { randomUUID } from 'node:crypto'
import type { Outgoing } from '../../lib/client/kafka.ts'
import { type Delivered, SliceRecord } from '../../lib/wire/record.ts'
import { db, range } from './stage.ts'
import { group } from './talk.ts'

/** So many fresh accounts; returns their ids. */
export async function people(count: number): Promise<number[]> {
  const now = Date.now()
  const names = range(1, count).map((number) => `crowd-${number}-${randomUUID()}`)
  const rows = names.map((name) => ({
    username: name,
    username_key: name,
    password: 'x',
    created_at: now,
    updated_at: now,
  }))
  await db.insertInto('users').values(rows).execute()
  const made = await db.selectFrom('users').select('id').where('username', 'in', names).orderBy('id').execute()
  return made.map(({ id }) => id)
}

/** A group of so many; its id is that of the first member. */
export async function crowd(count: number): Promise<{ id: number; members: [number, ...number[]] }> {
  const [first = 0, ...others] = await people(count)
  return { id: await group(first, ...others), members: [first, ...others] }
}

/** What was written for slices, by key in its order. */
export function slicesIn(sent: readonly Outgoing[]): Map<string, SliceRecord[]> {
  const byKey = Map.groupBy(sent, ({ key }) => String(key))
  return new Map(
    [...byKey].map(([key, own]) => [key, own.map(({ value }) => SliceRecord.parse(JSON.parse(String(value))))]),
  )
}

let offset = 0

/** Records as the mapping hands them over, written so many ms ago. */
export function deliveredSlices(sent: readonly Outgoing[], ageMs = 0): Delivered<SliceRecord>[] {
  return sent.map(({ key, value }) => ({
    topic: 'slices',
    partition: 0,
    offset: Date.now() * 1000 + offset++,
    timestamp: Date.now() - ageMs,
    key: Buffer.from(String(key)),
    payload: Buffer.from(value),
    value: SliceRecord.parse(JSON.parse(String(value))),
  }))
}
