/** Sessions as their user sees them: who has logged in, on what, from where; and how they are ended from afar. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import * as token from '../../lib/core/token.ts'
import { admit } from '../../lib/service/account/admission.ts'
import * as openSession from '../../lib/service/account/open-session.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { deleteExpired } from '../../lib/service/operations/cleanup.ts'
import { usernameKey } from '../../lib/wire/user.ts'
import { closeClients, connected, db, listeningGateway, person, redis } from './stage.ts'

afterAll(closeClients)

const password = 'correct horse'
const address = '203.0.113.7'
let hash: string
beforeAll(async () => {
  hash = await passwords.hash(password)
})

const loadSession = (userId: number) => session.load({ db, redis }, userId)
const reasonFor = async (bearer: string): Promise<string> =>
  await session.authenticate({ redis, loadSession }, bearer).then(
    () => 'active',
    (error) => error.reason,
  )
const refusal = (reason: string) => expect.objectContaining({ reason })

/** Somebody with a password, and what they do. */
async function somebody(name: string) {
  const userId = await person(name)
  const username = `${name}-${userId}`
  await db
    .updateTable('users')
    .set({ username, username_key: usernameKey(username), password: hash })
    .where('id', '=', userId)
    .execute()
  const { gateway, closed, framesTo } = listeningGateway()
  const clients = { db, redis, gateway, signingKey, passwords }
  const logIn = async (device = 'phone') => (await user.logIn(clients, { username, password }, address, device)).token
  const list = async (bearer: string) => (await openSession.list(clients, token.verify(bearer))).items
  const idOf = async (bearer: string) => (await list(bearer)).find(({ current }) => current)?.id ?? 0
  const end = (bearer: string, session_id: number) => openSession.endOne(clients, token.verify(bearer), { session_id })
  const endAll = (bearer: string, include_current = false) =>
    openSession.endAll(clients, token.verify(bearer), { include_current })
  const socketOf = (bearer: string, id: string) => connected(userId, id, { sessionId: token.verify(bearer).sessionId })
  return { userId, username, clients, closed, framesTo, logIn, list, idOf, end, endAll, socketOf }
}

const rowsOf = async (userId: number): Promise<string[]> =>
  (await db.selectFrom('open_sessions').select('session_id').where('user_id', '=', userId).orderBy('id').execute()).map(
    ({ session_id }) => session_id,
  )

describe('the list of sessions', () => {
  it('has each log-in with its device, its address and its times, the latest first, and says which one asks', async () => {
    const [ada, bob] = [await somebody('ada'), await somebody('bob')]
    const began = Date.now()
    const phone = await ada.logIn('Phone/1')
    const laptop = await ada.logIn('Laptop/2')
    await bob.logIn()
    await ada.socketOf(phone, 'socket')
    const { expiresAt } = token.verify(laptop)
    const shown = (device: string, online: boolean, current: boolean) => {
      return { id: expect.any(Number), device, address, online, current }
    }
    const listed = await ada.list(laptop)
    expect(listed.map(({ created_at: _at, seen_at: _seen, expires_at: _end, ...rest }) => rest)).toEqual([
      shown('Laptop/2', false, true),
      shown('Phone/1', true, false),
    ])
    for (const { created_at } of listed) expect(created_at).toBeGreaterThanOrEqual(began)
    expect(Math.abs((listed[0]?.expires_at ?? 0) - expiresAt * 1000)).toBeLessThan(2_000)
    expect(JSON.stringify(listed)).not.toContain(token.verify(phone).sessionId)
  })

  it('says when each was seen: at its log-in, its calls, its sockets and their frames', async () => {
    const ada = await somebody('ada')
    const bearer = await ada.logIn()
    const seen = async () => (await ada.list(bearer))[0]?.seen_at ?? 0
    const { created_at: loggedIn = 0 } = (await ada.list(bearer))[0] ?? {}
    expect(await seen()).toBe(loggedIn)
    const before = Date.now()
    await admit({ redis, loadSession }, bearer, 'reads')
    const called = await seen()
    expect(called).toBeGreaterThanOrEqual(before)
    const socket = await ada.socketOf(bearer, 'socket')
    const opened = await seen()
    expect(opened).toBeGreaterThanOrEqual(called)
    await presence.touch({ redis }, socket, 0, opened + 5_000)
    expect(await seen()).toBe(opened + 5_000)
    await presence.leave({ redis }, ada.userId, socket.id)
    expect(await seen()).toBe(opened)
  })

  it('comes in pages', async () => {
    const ada = await somebody('ada')
    const bearer = await ada.logIn()
    const now = Date.now()
    const row = (index: number) => ({
      user_id: ada.userId,
      session_id: `0.${index}`,
      device: '',
      address,
      created_at: now,
      expires_at: now + 60_000,
    })
    await db
      .insertInto('open_sessions')
      .values(Array.from({ length: 1_600 }, (_, index) => row(index)))
      .execute()
    const claims = token.verify(bearer)
    const first = await openSession.list(ada.clients, claims)
    const second = await openSession.list(ada.clients, claims, { cursor: String(first.next?.cursor) })
    expect([first.items.length, second.items.length, second.next]).toEqual([1_500, 101, undefined])
    await ada.endAll(bearer, true)
  })

  it('loses those that a log-out, a change of the password or time has ended', async () => {
    const ada = await somebody('ada')
    const [one, two, three] = [await ada.logIn(), await ada.logIn(), await ada.logIn()]
    await user.logOut(ada.clients, token.verify(one))
    expect(await ada.list(two)).toHaveLength(2)
    expect(await rowsOf(ada.userId)).toHaveLength(2)
    const change = { old_password: password, new_password: 'another horse', renew_token: true }
    const renewed = await user.changePassword(ada.clients, token.verify(three), change, address, 'Tablet/3')
    expect(await ada.list(renewed?.token ?? '')).toEqual([
      expect.objectContaining({ device: 'Tablet/3', current: true }),
    ])
    expect(await rowsOf(ada.userId)).toHaveLength(1)
    await db.updateTable('open_sessions').set({ expires_at: 1 }).where('user_id', '=', ada.userId).execute()
    expect(await ada.list(renewed?.token ?? '')).toEqual([])
    expect((await deleteExpired({ db }, 2)).openSessions).toBeGreaterThan(0)
    expect(await rowsOf(ada.userId)).toEqual([])
  })
})

describe('a session', () => {
  it('is ended by its owner from another one: its token counts no longer, its sockets are told and closed', async () => {
    const ada = await somebody('ada')
    const [mine, lost] = [await ada.logIn(), await ada.logIn()]
    const [here, there] = [await ada.socketOf(mine, 'here'), await ada.socketOf(lost, 'there')]
    await ada.end(mine, await ada.idOf(lost))
    expect([await reasonFor(mine), await reasonFor(lost)]).toEqual(['active', 'SESSION_ENDED'])
    expect(ada.framesTo(there.id)).toEqual([expect.objectContaining({ type: 10, reason: 'SESSION_ENDED' })])
    expect(ada.framesTo(here.id)).toEqual([])
    expect(ada.closed).toEqual([there.id])
    expect(await rowsOf(ada.userId)).toEqual([token.verify(mine).sessionId])
  })

  it('is not ended by its number: another’s, nobody’s and one that has ended are refused alike', async () => {
    const [ada, bob] = [await somebody('ada'), await somebody('bob')]
    const [mine, over, bobs] = [await ada.logIn(), await ada.logIn(), await bob.logIn()]
    const ended = await ada.idOf(over)
    await ada.end(mine, ended)
    for (const id of [await bob.idOf(bobs), Number.MAX_SAFE_INTEGER, ended]) {
      await expect(ada.end(mine, id)).rejects.toEqual(refusal('SESSION_NOT_FOUND'))
    }
    expect([await reasonFor(mine), await reasonFor(bobs)]).toEqual(['active', 'active'])
  })

  it('that ended in MySQL alone is ended everywhere by who asks again, though they are refused', async () => {
    const ada = await somebody('ada')
    const [mine, lost] = [await ada.logIn(), await ada.logIn()]
    const id = await ada.idOf(lost)
    await session.load({ db, redis }, ada.userId)
    // As an instance that stopped after its commit.
    const { sessionId } = token.verify(lost)
    await db
      .insertInto('sessions')
      .values({ user_id: ada.userId, session_id: sessionId, expires_at: Date.now() + 60_000 })
      .execute()
    await db.deleteFrom('open_sessions').where('id', '=', id).execute()
    expect(await reasonFor(lost)).toBe('active')
    await expect(ada.end(mine, id)).rejects.toEqual(refusal('SESSION_NOT_FOUND'))
    expect(await reasonFor(lost)).toBe('SESSION_ENDED')
  })
})

describe('all sessions', () => {
  it('end but the one that asks, those of tokens from before the list as well', async () => {
    const ada = await somebody('ada')
    const older = token.issue(await signingKey.get(), { id: ada.userId, username: ada.username, sessionEpoch: 0 })
    const [mine, other] = [await ada.logIn(), await ada.logIn()]
    const [here, there] = [await ada.socketOf(mine, 'here'), await ada.socketOf(older, 'there')]
    expect(await reasonFor(older)).toBe('active')
    await ada.endAll(mine)
    expect([await reasonFor(mine), await reasonFor(other), await reasonFor(older)]).toEqual([
      'active',
      'SESSION_ENDED',
      'SESSION_ENDED',
    ])
    expect(ada.closed).toEqual([there.id])
    expect(ada.framesTo(here.id)).toEqual([])
    expect(await rowsOf(ada.userId)).toEqual([token.verify(mine).sessionId])
    expect(await reasonFor(await ada.logIn())).toBe('active')
  })

  it('end with the one that asks, on request', async () => {
    const ada = await somebody('ada')
    const [mine, other] = [await ada.logIn(), await ada.logIn()]
    await ada.endAll(mine, true)
    expect([await reasonFor(mine), await reasonFor(other)]).toEqual(['SESSION_ENDED', 'SESSION_ENDED'])
    expect(await rowsOf(ada.userId)).toEqual([])
  })

  it('end while somebody logs in: none that is left in the list has ended', async () => {
    const ada = await somebody('ada')
    const mine = await ada.logIn()
    const [, ...logIns] = await Promise.allSettled([ada.endAll(mine), ...Array.from({ length: 6 }, () => ada.logIn())])
    const tokens = logIns.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    for (const outcome of logIns) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refusal('BAD_CREDENTIALS'))
    }
    const active: string[] = []
    for (const bearer of [mine, ...tokens]) {
      if ((await reasonFor(bearer)) === 'active') active.push(token.verify(bearer).sessionId)
    }
    expect((await rowsOf(ada.userId)).sort()).toEqual(active.sort())
  })

  it('that ended since a password was checked leave no session of that log-in', async () => {
    const ada = await somebody('ada')
    const mine = await ada.logIn()
    await ada.endAll(mine, true)
    const stale = { id: ada.userId, username: ada.username, sessionEpoch: 0 }
    const opened = await openSession.open({ db }, await signingKey.get(), stale, { device: '', address })
    expect(opened).toBeUndefined()
    expect(await rowsOf(ada.userId)).toEqual([])
  })

  it('that ended while a password was being changed do not end the token of that change', async () => {
    const ada = await somebody('ada')
    const mine = await ada.logIn()
    const other = await ada.logIn()
    const meanwhile = {
      ...passwords,
      hash: async (given: string) => {
        await ada.endAll(other)
        return await passwords.hash(given)
      },
    }
    const change = { old_password: password, new_password: `horse-${randomUUID()}`, renew_token: true }
    const renewed = await user.changePassword(
      { ...ada.clients, passwords: meanwhile },
      token.verify(mine),
      change,
      address,
    )
    expect(await reasonFor(renewed?.token ?? '')).toBe('active')
    expect(await reasonFor(other)).toBe('SESSION_ENDED')
  })
})
