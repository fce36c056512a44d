/** What has had its time: connections that are too old, and sessions whose tokens have expired. */
import { afterAll, describe, expect, it } from 'vitest'
import * as session from '../../lib/service/account/session.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { deleteExpired } from '../../lib/service/operations/cleanup.ts'
import { closeClients, db, device, person, redis } from './stage.ts'

afterAll(closeClients)

const minute = 60_000
const now = Date.now()

/** The frames that answer a heartbeat of a connection of this age. */
async function answers(ageMs: number, given: Partial<presence.Connection> = {}) {
  const connection = device(await person('ada'), 'phone', { connectedAt: now - ageMs, takesArrays: true, ...given })
  await presence.arrive({ redis }, connection, now)
  const loadSession = (userId: number) => session.load({ db, redis }, userId)
  const sent = { connection, language: 'en' as const, messageId: 'm', requestedAt: now }
  return await accept.heartbeat({ redis, messages: { send: async () => {} }, loadSession }, { ping: 1 }, sent)
}

describe('a connection', () => {
  it('younger than 110 minutes is left alone', async () => {
    expect(await answers(109 * minute)).toEqual([{ type: 0, pong: 1, server_time: expect.any(Number) }])
  })

  it('older than 118 minutes is told to go, and when to come back', async () => {
    expect(await answers(118 * minute)).toContainEqual({
      type: 10,
      reason: 'CONNECTION_OLD',
      reconnect_after_ms: expect.any(Number),
    })
  })

  it('that is heard from each 480 s is told so early that the next time would be too late', async () => {
    const told = await Promise.all(
      Array.from({ length: 30 }, (_, index) => answers(110 * minute, { id: `c${index}`, heartbeatMs: 8 * minute })),
    )
    for (const frames of told) expect(frames).toContainEqual(expect.objectContaining({ reason: 'CONNECTION_OLD' }))
  })

  it('in between is told at a time of its own', async () => {
    const told = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => (await answers(114 * minute, { id: `c${index}` })).length > 1),
    )
    expect(new Set(told).size).toBe(2)
  })
})

describe('the sweep', () => {
  it('removes ended sessions whose tokens have expired, and no others', async () => {
    const userId = await person('ada')
    const claims = (sessionId: string, expiresAt: number) => ({ userId, username: 'ada', sessionId, expiresAt })
    await session.end({ db, redis }, claims('0.old', now / 1000 - 60))
    await session.end({ db, redis }, claims('0.new', now / 1000 + 60))
    expect((await deleteExpired({ db }, now)).sessions).toBeGreaterThanOrEqual(1)
    const left = await db.selectFrom('sessions').select('session_id').where('user_id', '=', userId).execute()
    expect(left).toEqual([{ session_id: '0.new' }])
  })

  it('removes refusals whose records cannot come again, and no others', async () => {
    const day = 24 * 3600_000
    const userId = await person('ada')
    const row = { from_user_id: userId, reason: 'NOT_FRIENDS' } as const
    const refusedAt = (days: number) => ({
      ...row,
      message_key: Buffer.from(`${days} days`),
      refused_at: now - days * day,
    })
    await db
      .insertInto('refusals')
      .values([refusedAt(3), refusedAt(1)])
      .execute()
    expect((await deleteExpired({ db }, now)).refusals).toBeGreaterThanOrEqual(1)
    const left = await db.selectFrom('refusals').selectAll().where('from_user_id', '=', userId).execute()
    expect(left).toEqual([refusedAt(1)])
  })
  it('removes in one run what a flood of refusals has left', async () => {
    const userId = await person('ada')
    const rows = Array.from({ length: 6_000 }, (_, index) => ({
      from_user_id: userId,
      message_key: Buffer.from(String(index)),
      reason: 'MUTED',
      refused_at: 1,
    }))
    await db.insertInto('refusals').values(rows).execute()
    expect((await deleteExpired({ db }, now)).refusals).toBeGreaterThanOrEqual(rows.length)
    expect(await db.selectFrom('refusals').where('from_user_id', '=', userId).selectAll().execute()).toEqual([])
  })
})
