/** The deletion of an account: what goes at once, what goes step by step, and what stays with others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { ChatType } from '../../lib/core/address.ts'
import * as token from '../../lib/core/token.ts'
import { MemberState } from '../../lib/schema/tables.ts'
import * as openSession from '../../lib/service/account/open-session.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { history } from '../../lib/service/conversation/history.ts'
import { store } from '../../lib/service/message/store.ts'
import * as deletion from '../../lib/service/personal-data/deletion.ts'
import * as erasure from '../../lib/service/personal-data/erasure.ts'
import { usernameKey } from '../../lib/wire/user.ts'
import {
  befriend,
  closeClients,
  connected,
  db,
  listeningGateway,
  noSlices,
  outcomesOf,
  person,
  record,
  redis,
} from './stage.ts'
import { group, recordInGroup } from './talk.ts'

afterAll(closeClients)

const password = 'correct horse'
const address = '203.0.113.8'
let hash: string
beforeAll(async () => {
  hash = await passwords.hash(password)
})

const refusal = (reason: string) => expect.objectContaining({ reason })
const minutes = (count: number) => count * 60_000
const soon = () => Date.now() + 20_000
const loadSession = (userId: number) => session.load({ db, redis }, userId)

/** Ada, whom bob has as a friend, who waits for eve and for whom carol waits, who has blocked dan and whom fay has blocked. */
async function ada() {
  const [userId, bob, carol, dan, eve, fay] = await Promise.all(
    ['ada', 'bob', 'carol', 'dan', 'eve', 'fay'].map(person),
  )
  if (!(userId && bob && carol && dan && eve && fay)) throw new Error('nobody')
  const username = `ada-${userId}`
  const profile = { nickname: 'Ada', email: 'ada@example.com', phone: '+86 138 0013 8000', avatar: '/ada.png' }
  const names = { username, username_key: usernameKey(username) }
  await db
    .updateTable('users')
    .set({ ...names, ...profile, password: hash })
    .where('id', '=', userId)
    .execute()
  const { gateway, closed, framesTo } = listeningGateway()
  const clients = { db, redis, gateway, slices: noSlices, signingKey, passwords }
  await befriend(userId, bob)
  await friendRequest.ask(clients, userId, { target_id: eve, remark: 'Ada here' })
  await friendRequest.ask(clients, carol, { target_id: userId, remark: '' })
  await block.block(clients, userId, { target_id: dan })
  await block.block(clients, fay, { target_id: userId })
  const place = await group(userId, bob)
  await db
    .updateTable('members')
    .set({ nickname: 'Countess' })
    .where('user_id', '=', userId)
    .where('state', '=', MemberState.active)
    .execute()
  const messages = [record(userId, bob, { content: 'from ada' }), record(bob, userId), recordInGroup(userId, place)]
  expect(outcomesOf(await store({ db }, messages, Date.now()))).toEqual(['stored', 'stored', 'stored'])
  const logIn = async (given = username, secret = password) =>
    (await user.logIn(clients, { username: given, password: secret }, address)).token
  const mine = await logIn()
  const socket = await connected(userId, 'phone', { sessionId: token.verify(mine).sessionId })
  const bobs = await connected(bob, 'phone')
  const remove = (secret = password, given: Partial<typeof clients> = {}) =>
    deletion.remove({ ...clients, ...given }, token.verify(mine), { password: secret }, address)
  return {
    userId,
    username,
    bob,
    carol,
    dan,
    eve,
    fay,
    place,
    clients,
    closed,
    framesTo,
    logIn,
    mine,
    socket,
    bobs,
    remove,
  }
}

type Ada = Awaited<ReturnType<typeof ada>>

/** What the tables hold of a user. */
async function tracesOf(userId: number) {
  const count = async (table: 'relations' | 'friend_requests' | 'open_sessions' | 'deletions', columns: string[]) =>
    (
      await db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where((eb) => eb.or(columns.map((column) => eb(eb.ref(column as never), '=', userId as never))))
        .executeTakeFirstOrThrow()
    ).count
  const memberships = await db
    .selectFrom('members')
    .select(['state', 'nickname'])
    .where('user_id', '=', userId)
    .execute()
  return {
    relations: Number(await count('relations', ['owner_id', 'target_id'])),
    requests: Number(await count('friend_requests', ['sender_id', 'receiver_id'])),
    sessions: Number(await count('open_sessions', ['user_id'])),
    active: memberships.filter(({ state, nickname }) => state === MemberState.active || nickname !== '').length,
    waiting: Number(await count('deletions', ['user_id'])),
  }
}

const nothing = { relations: 0, requests: 0, sessions: 0, active: 0 }

/** Nothing of an account that others could find, and nothing that its owner could use. */
async function expectGone({ userId, username, clients, logIn, bob, mine, place }: Ada): Promise<void> {
  await expect(logIn()).rejects.toEqual(refusal('BAD_CREDENTIALS'))
  await expect(user.search(clients, { username })).rejects.toEqual(refusal('USER_NOT_FOUND'))
  await expect(session.authenticate({ redis, loadSession }, mine)).rejects.toEqual(refusal('SESSION_ENDED'))
  expect((await friend.list(clients, bob)).items).toEqual([])
  const messages = [record(userId, bob), record(bob, userId), recordInGroup(userId, place)]
  expect(outcomesOf(await store({ db }, messages, Date.now()))).toEqual(['NOT_FRIENDS', 'NOT_FRIENDS', 'NOT_MEMBER'])
}

describe('a deleted account', () => {
  it('is found by nobody: no log-in, no search, no token, no friend, no message counts any more', async () => {
    const scene = await ada()
    await scene.remove()
    await expectGone(scene)
    expect(await tracesOf(scene.userId)).toEqual({ ...nothing, waiting: 1 })
    await expect(friendRequest.ask(scene.clients, scene.bob, { target_id: scene.userId, remark: '' })).rejects.toEqual(
      refusal('USER_NOT_FOUND'),
    )
    await expect(block.block(scene.clients, scene.bob, { target_id: scene.userId })).rejects.toEqual(
      refusal('USER_NOT_FOUND'),
    )
  })

  it('leaves nothing of its profile', async () => {
    const { userId, username, remove } = await ada()
    await remove()
    const row = await db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow()
    expect(JSON.stringify(row)).not.toMatch(new RegExp(`${username}|Ada|ada@|0013 8000|ada\\.png|\\$2`))
    expect(row).toMatchObject({ username: row.nickname, password: '', email: '', phone: '', avatar: '' })
  })

  it('is told on its sockets, which close; its friends hear that it is no friend any more', async () => {
    const { userId, socket, bobs, closed, framesTo, remove } = await ada()
    await remove()
    expect(framesTo(socket.id)).toEqual([expect.objectContaining({ type: 10, reason: 'SESSION_ENDED' })])
    expect(closed).toEqual([socket.id])
    // Its names are gone by then.
    const left = expect.objectContaining({ type: 3, from_id: 0, content: expect.not.stringContaining('ountess') })
    expect(framesTo(bobs.id)).toEqual([{ type: 8, event: 'friend_removed', user_id: userId }, left])
  })

  it('leaves its messages to those who got them', async () => {
    const { userId, bob, place, clients, remove } = await ada()
    await remove()
    const said = await history(clients, bob, { target_id: userId, chat_type: ChatType.direct, limit: 100 })
    expect(said.items.map(({ content, from_user_id }) => [content, from_user_id])).toEqual([
      ['from ada', userId],
      ['hello', bob],
    ])
    const inGroup = await history(clients, bob, { target_id: place, chat_type: ChatType.group, limit: 100 })
    expect(inGroup.items.map(({ from_user_id }) => from_user_id)).toEqual([userId, 0])
  })

  it('leaves no request and no block on either side', async () => {
    const { carol, eve, fay, clients, remove } = await ada()
    await remove()
    expect((await friendRequest.pending(clients, eve)).items).toEqual([])
    expect((await block.list(clients, fay)).items).toEqual([])
    expect(await tracesOf(carol)).toMatchObject({ requests: 0 })
  })

  it('keeps its name from others, in every spelling, as a hash alone', async () => {
    const { username, clients, remove } = await ada()
    await remove()
    for (const name of [username, username.toUpperCase()]) {
      await expect(user.register(clients, { username: name, password }, address)).rejects.toEqual(
        refusal('USERNAME_TAKEN'),
      )
    }
    const keys = await db.selectFrom('users').select('id').where('username_key', '=', usernameKey(username)).execute()
    expect(keys).toEqual([])
  })

  it('is not written to by calls that were let in before', async () => {
    const { userId, clients, remove } = await ada()
    await remove()
    await user.changeProfile(clients, userId, { nickname: 'Ada', email: 'ada@example.com' })
    const stale = { id: userId, username: 'ada', sessionEpoch: 0 }
    expect(await openSession.open({ db }, await signingKey.get(), stale, { device: '', address })).toBeUndefined()
    const row = await db.selectFrom('users').select(['email', 'nickname']).where('id', '=', userId).execute()
    expect(JSON.stringify(row)).not.toMatch(/Ada|example/)
    expect(await tracesOf(userId)).toMatchObject({ sessions: 0 })
  })
})

describe('a deletion', () => {
  it('asks for the password, whose guesses are counted', async () => {
    const { userId, username, clients, remove, logIn } = await ada()
    await expect(remove('wrong horse')).rejects.toEqual(refusal('WRONG_PASSWORD'))
    expect((await user.profile(clients, userId)).username).toBe(username)
    await logIn()
    const outcomes: string[] = []
    for (let guess = 0; guess < 12; guess++) outcomes.push(await remove('wrong horse').catch(({ reason }) => reason))
    expect(outcomes).toContain('TOO_MANY_REQUESTS')
    expect(outcomes.filter((reason) => reason === 'WRONG_PASSWORD').length).toBeLessThanOrEqual(11)
  })

  it('is not of an account whose password changes meanwhile', async () => {
    const { userId, username, remove, clients } = await ada()
    const matches = async (given: string, hashed: string | undefined) => {
      await db.updateTable('users').set({ password: 'x' }).where('id', '=', userId).execute()
      return await passwords.matches(given, hashed)
    }
    await expect(remove(password, { passwords: { ...passwords, matches } })).rejects.toEqual(refusal('WRONG_PASSWORD'))
    expect((await user.profile(clients, userId)).username).toBe(username)
  })

  it('is one, however often it is asked for at once', async () => {
    const scene = await ada()
    const outcomes = await Promise.allSettled([scene.remove(), scene.remove(), scene.remove()])
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.reason] : []))
    expect(lost).toHaveLength(2)
    for (const reason of lost) expect(['WRONG_PASSWORD', 'SESSION_ENDED']).toContain(reason)
    await expectGone(scene)
  })

  it('reaches everywhere when it is asked for again after it got no further than the commit', async () => {
    const scene = await ada()
    await session.load({ db, redis }, scene.userId)
    await db.updateTable('users').set({ deleted_at: 1, session_epoch: 1 }).where('id', '=', scene.userId).execute()
    await session.authenticate({ redis, loadSession }, scene.mine)
    await expect(scene.remove()).rejects.toEqual(refusal('SESSION_ENDED'))
    await expect(session.authenticate({ redis, loadSession }, scene.mine)).rejects.toEqual(refusal('SESSION_ENDED'))
    expect(scene.closed).toEqual([scene.socket.id])
  })
})

/** A database whose transactions and statements fail from the nth on, as if the function had been stopped there. */
function failingFrom(last: number) {
  let count = 0
  const failing = (name: string) => {
    count += 1
    if (count > last) throw new Error(`stopped before ${name}`)
  }
  const watched = new Set(['transaction', 'deleteFrom', 'updateTable', 'selectFrom'])
  return new Proxy(db, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        if (watched.has(String(name))) failing(String(name))
        return Reflect.apply(member, target, given)
      }
    },
  })
}

describe('an erasure', () => {
  it('that stops anywhere after the commit is completed by the sweep, and never twice', async () => {
    let stopped = 0
    // Beginning with the statements that find out who it is and end the sessions.
    for (const last of [4, 6, 9, 10, 11, 13, 15, 18, 40]) {
      const scene = await ada()
      await scene.remove(password, { db: failingFrom(last) }).catch(() => undefined)
      const before = await tracesOf(scene.userId)
      expect(before.waiting).toBe(1)
      if (before.relations + before.requests + before.active > 0) stopped += 1
      await erasure.sweep(scene.clients, Date.now() + minutes(3), soon())
      await expectGone(scene)
      expect(await tracesOf(scene.userId)).toEqual({ ...nothing, waiting: 0 })
      expect(await erasure.goOn(scene.clients, scene.userId, soon())).toBe(true)
      const told = scene.framesTo(scene.bobs.id).filter(({ event }) => event === 'friend_removed')
      expect(told.length).toBeLessThanOrEqual(1)
    }
    expect(stopped).toBeGreaterThan(2)
  }, 60_000)

  it('is over only when what was let in before is over, and takes that away as well', async () => {
    const { userId, bob, clients, remove } = await ada()
    await remove()
    await erasure.sweep(clients, Date.now() + minutes(1), soon())
    expect((await tracesOf(userId)).waiting).toBe(1)
    // As by a call that was let in just before.
    await db.insertInto('friend_requests').values({ sender_id: userId, receiver_id: bob, created_at: 0 }).execute()
    await erasure.sweep(clients, Date.now() + minutes(3), soon())
    expect(await tracesOf(userId)).toEqual({ ...nothing, waiting: 0 })
  })

  it('of more contacts than a step takes is stopped by its time, and goes on', async () => {
    const { userId, clients } = await ada()
    const others = await Promise.all(Array.from({ length: 60 }, (_, index) => person(`friend${index}`)))
    for (const other of others) await befriend(userId, other)
    expect(await erasure.goOn(clients, userId, 0)).toBe(false)
    const between = await tracesOf(userId)
    expect(between.relations).toBeGreaterThan(0)
    expect(between.relations).toBeLessThan(120)
    expect(await erasure.goOn(clients, userId, soon())).toBe(true)
    expect(await tracesOf(userId)).toMatchObject({ relations: 0, requests: 0, active: 0 })
  })

  it('that fails for one account goes on for the others', async () => {
    const [one, other] = [await ada(), await ada()]
    await Promise.all([one.remove(), other.remove()])
    const failing = new Proxy(db, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        if (name !== 'deleteFrom') return member.bind(target)
        return (table: string) => {
          if (table === 'deletions') throw new Error('stopped')
          return Reflect.apply(member, target, [table])
        }
      },
    })
    expect(await erasure.sweep({ ...one.clients, db: failing }, Date.now() + minutes(3), soon())).toEqual({ erased: 0 })
    expect((await erasure.sweep(one.clients, Date.now() + minutes(3), soon())).erased).toBeGreaterThanOrEqual(2)
  })

  it('that an operator has ordered is that of an account whose owner asks', async () => {
    const scene = await ada()
    await db.insertInto('deletions').values({ user_id: scene.userId, deleted_at: 0 }).execute()
    await erasure.sweep(scene.clients, Date.now(), soon())
    expect(scene.closed).toEqual([scene.socket.id])
    await erasure.sweep(scene.clients, Date.now() + minutes(3), soon())
    await expectGone(scene)
    expect(await tracesOf(scene.userId)).toEqual({ ...nothing, waiting: 0 })
  })

  it('of messages under way is none: each is refused, or stored as a whole', async () => {
    const { userId, bob, remove } = await ada()
    const batches = Array.from({ length: 10 }, () => [record(userId, bob), record(bob, userId)])
    const [, ...outcomes] = await Promise.all([
      remove(),
      ...batches.map(async (batch) => outcomesOf(await store({ db }, batch, Date.now()))),
    ])
    const stored = outcomes.flat().filter((outcome) => outcome === 'stored').length
    for (const outcome of outcomes.flat()) expect(['stored', 'NOT_FRIENDS']).toContain(outcome)
    const rows = await db
      .selectFrom('messages')
      .select('seq')
      .where('from_user_id', 'in', [userId, bob])
      .where('type', '=', ChatType.direct)
      .orderBy('seq')
      .execute()
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: stored + 2 }, (_, index) => index + 1))
  })
})
