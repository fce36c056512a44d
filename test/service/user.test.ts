/** Accounts: one name for one account, and one way to prove who one is. */
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { hashWork } from '../../lib/core/password.ts'
import * as token from '../../lib/core/token.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import { passwordForm } from '../../lib/wire/user.ts'
import { closeClients, db, listeningGateway, redis } from './stage.ts'

afterAll(closeClients)

const loadSession = (userId: number) => session.load({ db, redis }, userId)
const stores = { db, redis, gateway: listeningGateway().gateway, loadSession, signingKey, passwords }
const password = 'correct horse'
const address = `address-${randomUUID()}`
const refusal = (reason: string) => expect.objectContaining({ reason })
const uniqueName = (name: string) => `${name}-${randomUUID()}`

async function registered(username = uniqueName('ada'), secret = password): Promise<string> {
  await user.register(stores, { username, password: secret }, address)
  return username
}

const logIn = (username: string, secret = password) => user.logIn(stores, { username, password: secret }, address)
const claimsFor = async (username: string, secret = password) => token.verify((await logIn(username, secret)).token)

async function hashOf(username: string): Promise<string> {
  const query = db.selectFrom('users').select('password').where('username', '=', username)
  return (await query.executeTakeFirstOrThrow()).password
}

describe('a username', () => {
  it('goes to exactly one of several who register it at the same instant', async () => {
    const username = uniqueName('ada')
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => registered(username)))
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(lost).toHaveLength(3)
    for (const { reason } of lost) expect(reason).toEqual(refusal('USERNAME_TAKEN'))
  })

  it.each([
    ['upper case', (name: string) => name.toUpperCase()],
    ['a compatible spelling', (name: string) => name.replace('ada', 'ａｄａ')],
  ])('is the same in %s', async (_title, respelled) => {
    const username = await registered()
    await expect(registered(respelled(username))).rejects.toEqual(refusal('USERNAME_TAKEN'))
    expect((await logIn(respelled(username))).username).toBe(username)
    expect((await user.search(stores, { username: respelled(username) })).username).toBe(username)
  })

  it('is found by its whole only: no beginning, no pattern, no space after it', async () => {
    const username = await registered()
    for (const other of [username.slice(0, -1), `${username.slice(0, -1)}_`, '%', `${username} `]) {
      await expect(user.search(stores, { username: other })).rejects.toEqual(refusal('USER_NOT_FOUND'))
    }
    await expect(logIn(`${username} `)).rejects.toEqual(refusal('BAD_CREDENTIALS'))
  })
})

describe('an account from before names dropped what no one sees', () => {
  // As it was stored then: unique with the zero-width space, hashed as typed.
  async function older(name: string, secret: string): Promise<string> {
    const now = Date.now()
    const username_key = name.normalize('NFKC').toLowerCase()
    const row = {
      username: name,
      username_key,
      password: await passwords.hash(secret),
      created_at: now,
      updated_at: now,
    }
    await db.insertInto('users').values(row).execute()
    return name
  }

  it('keeps its name and its password', async () => {
    const [name, secret] = [uniqueName('a\u200bda'), 'pa\u0308sswo\u0308rd\t']
    await older(name, secret)
    expect((await logIn(name, secret)).username).toBe(name)
    expect((await user.search(stores, { username: name })).username).toBe(name)
    await expect(registered(name)).rejects.toEqual(refusal('USERNAME_TAKEN'))
  })

  it('is another than the one without', async () => {
    const id = randomUUID()
    const plain = await registered(`ada-${id}`)
    const odd = await older(`a\u200bda-${id}`, 'another secret')
    expect((await logIn(odd, 'another secret')).username).toBe(odd)
    expect((await logIn(plain)).username).toBe(plain)
    await expect(registered(`ad\u00ada-${id}`)).rejects.toEqual(refusal('USERNAME_TAKEN'))
  })
})

describe('a nickname', () => {
  it('is the username at first', async () => {
    const username = await registered()
    expect((await logIn(username)).nickname).toBe(username)
  })
})

describe('a password', () => {
  it('is the same however its accents are composed', async () => {
    const secret = 'pässwörd 密码'
    const username = await registered(uniqueName('ada'), passwordForm(secret))
    for (const form of ['NFC', 'NFD'] as const) await logIn(username, secret.normalize(form))
    await logIn(username, secret.replace(' ', '\u3000'))
    const caller = await claimsFor(username, secret)
    await user.changePassword(
      stores,
      caller,
      { old_password: secret.normalize('NFD'), new_password: password },
      address,
    )
    await logIn(username)
  })

  it('is stored as a hash', async () => {
    const username = await registered()
    expect(await hashOf(username)).toMatch(/^\$2[aby]\$10\$/)
  })

  it('is hashed anew at log-in if its hash costs less than those of today, and no session ends', async () => {
    const username = await registered()
    const caller = await claimsFor(username)
    const older = String(hashWork({ password, rounds: 4 }))
    await db.updateTable('users').set({ password: older }).where('id', '=', caller.userId).execute()
    await expect(logIn(username, 'wrong horse')).rejects.toEqual(refusal('BAD_CREDENTIALS'))
    expect(await hashOf(username)).toBe(older)
    const { token: bearer } = await logIn(username)
    const renewed = await hashOf(username)
    expect(renewed).toMatch(/^\$2[aby]\$10\$/)
    await logIn(username)
    expect(await hashOf(username)).toBe(renewed)
    expect((await session.authenticate(stores, bearer)).userId).toBe(caller.userId)
  })

  it('that is wrong is refused like an unknown name', async () => {
    const username = await registered()
    await expect(logIn(username, 'wrong horse')).rejects.toEqual(refusal('BAD_CREDENTIALS'))
    await expect(logIn(uniqueName('nobody'))).rejects.toEqual(refusal('BAD_CREDENTIALS'))
  })

  it('is never taken for its first 72 bytes', async () => {
    const secret = 'p'.repeat(72)
    const username = await registered(uniqueName('ada'), secret)
    await expect(logIn(username, `${secret}x`)).rejects.toEqual(refusal('BAD_CREDENTIALS'))
    const caller = await claimsFor(username, secret)
    const change = { old_password: `${secret}x`, new_password: password }
    await expect(user.changePassword(stores, caller, change, address)).rejects.toEqual(refusal('WRONG_PASSWORD'))
  })

  it('is changed by who knows it, and ends every other session', async () => {
    const username = await registered()
    const mine = (await logIn(username)).token
    const other = (await logIn(username)).token
    const change = { old_password: password, new_password: 'battery staple' }
    await user.changePassword(stores, token.verify(mine), change, address)
    await expect(session.authenticate(stores, other)).rejects.toEqual(refusal('SESSION_ENDED'))
    expect((await session.authenticate(stores, mine)).username).toBe(username)
    await expect(logIn(username)).rejects.toEqual(refusal('BAD_CREDENTIALS'))
    const fresh = await logIn(username, 'battery staple')
    expect((await session.authenticate(stores, fresh.token)).username).toBe(username)
  })

  it('stays when the old one is wrong', async () => {
    const username = await registered()
    const change = { old_password: 'wrong horse', new_password: 'battery staple' }
    const attempted = user.changePassword(stores, await claimsFor(username), change, address)
    await expect(attempted).rejects.toEqual(refusal('WRONG_PASSWORD'))
    await logIn(username)
  })

  it('is changed by exactly one of two at the same instant', async () => {
    const username = await registered()
    const [one, two] = [await claimsFor(username), await claimsFor(username)]
    const to = (new_password: string) => ({ old_password: password, new_password })
    const outcomes = await Promise.allSettled([
      user.changePassword(stores, one, to('first password'), address),
      user.changePassword(stores, two, to('second password'), address),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: refusal('WRONG_PASSWORD') })
    await logIn(username, outcomes[0].status === 'fulfilled' ? 'first password' : 'second password')
  })

  it('changed while someone logs in with the old one leaves no session of it', async () => {
    const username = await registered()
    const caller = await claimsFor(username)
    const change = { old_password: password, new_password: 'battery staple' }
    const [, ...logIns] = await Promise.allSettled([
      user.changePassword(stores, caller, change, address),
      ...Array.from({ length: 4 }, () => logIn(username)),
    ])
    for (const outcome of logIns) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refusal('BAD_CREDENTIALS'))
      else await expect(session.authenticate(stores, outcome.value.token)).rejects.toEqual(refusal('SESSION_ENDED'))
    }
  })
})

describe('a profile', () => {
  it('keeps what is not given', async () => {
    const { userId: id, username } = await claimsFor(await registered())
    const given = { nickname: 'Ada 😀', avatar: 'a.png', email: 'ada@example.com', phone: '1' }
    expect(await user.changeProfile(stores, id, given)).toEqual({ id, username, ...given })
    expect(await user.changeProfile(stores, id, { phone: '' })).toEqual({ id, username, ...given, phone: '' })
    expect(await user.changeProfile(stores, id, {})).toEqual({ id, username, ...given, phone: '' })
    expect(await user.profile(stores, id)).toEqual({ id, username, ...given, phone: '' })
    const shown = { id, username, nickname: given.nickname, avatar: given.avatar }
    expect(await user.search(stores, { username })).toEqual(shown)
  })
})
