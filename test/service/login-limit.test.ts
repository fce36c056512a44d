/** Guesses at passwords are bounded, and nobody who guesses keeps out the owner. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { config } from '../../lib/core/config.ts'
import { DependencyTimeout } from '../../lib/core/outage.ts'
import * as token from '../../lib/core/token.ts'
import { guess } from '../../lib/service/account/login-limit.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import { closeClients, db, listeningGateway, redis } from './stage.ts'

const loadSession = (userId: number) => session.load({ db, redis }, userId)
const stores = { db, redis, gateway: listeningGateway().gateway, loadSession, passwords, signingKey }
const password = 'correct horse'
const { free, inARow, delaySeconds } = config.guesses
const perAddress = config.limits.loginFailures.count
const daySeconds = 24 * 3600

beforeEach(() => {
  // Redis and the database keep their own time.
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})
afterAll(closeClients)

const number = (below: number): number => Math.floor(Math.random() * below)
const somewhere = (): string => `10.${number(256)}.${number(256)}.${number(256)}`
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const times = <T>(count: number, work: () => Promise<T>) => Promise.allSettled(Array.from({ length: count }, work))
const refusal = (reason: string) => expect.objectContaining({ reason })

async function registered(username = `ada-${randomUUID()}`): Promise<string> {
  await user.register(stores, { username, password }, somewhere())
  return username
}

const logIn = (username: string, address: string, secret = password) =>
  user.logIn(stores, { username, password: secret }, address)

/** What becomes of a guess: it is `checked`, or has to wait for so many seconds. */
async function guessed(address: string, account: string | number, isRight = false): Promise<'checked' | number> {
  try {
    await guess({ redis }, { account, address }, async () => isRight)
    return 'checked'
  } catch (error) {
    return (error as { detail: { retryAfterSeconds: number } }).detail.retryAfterSeconds
  }
}

/** Guesses from ever new addresses, as soon as each may be made. @returns how long each had to wait. */
async function waitsOf(account: string, count: number): Promise<number[]> {
  const waits: number[] = []
  while (waits.length < count) {
    const outcome = await guessed(somewhere(), account)
    const wait = outcome === 'checked' ? 0 : outcome
    if (wait > 0) {
      later(wait)
      expect(await guessed(somewhere(), account)).toBe('checked')
    }
    waits.push(wait)
  }
  return waits
}

describe('an owner whose name is guessed at from everywhere', () => {
  it('logs in at the first try each time from where they did before', async () => {
    const [username, home] = [await registered(), somewhere()]
    await logIn(username, home)
    let checked = 0
    for (let tries = 0; tries < 20; tries += 1) {
      const outcomes = await times(100, () => logIn(username, somewhere(), 'a guess'))
      checked += outcomes.filter(
        ({ status, reason }: { status: string; reason?: { reason: string } }) =>
          status === 'rejected' && reason?.reason === 'BAD_CREDENTIALS',
      ).length
      expect((await logIn(username, home)).username).toBe(username)
      later(15)
    }
    // Ten at once, and those after 1, 2, 4 … 128 s.
    expect(checked).toBeGreaterThanOrEqual(free)
    expect(checked).toBeLessThanOrEqual(free + 8)
  })

  it('logs in at the first try from where they registered', async () => {
    const [username, home] = [`ada-${randomUUID()}`, somewhere()]
    await user.register(stores, { username, password }, home)
    const { id } = await user.search(stores, { username })
    await times(free + 1, () => guessed(somewhere(), id))
    await logIn(username, home)
  })

  it('is known in the whole network of an IPv6 address', async () => {
    const [username, network] = [await registered(), `2001:db8:${number(65536).toString(16)}:1`]
    await logIn(username, `${network}::1`)
    const { id } = await user.search(stores, { username })
    await times(free + 1, () => guessed(somewhere(), id))
    await logIn(username, `${network}:aaaa:bbbb:cccc:dddd`)
    await expect(logIn(username, '2001:db8:ffff:2::1')).rejects.toEqual(refusal('TOO_MANY_REQUESTS'))
  })

  it('may change the password, from where they logged in', async () => {
    const [username, home] = [await registered(), somewhere()]
    const caller = token.verify((await logIn(username, home)).token)
    await times(free + 1, () => guessed(somewhere(), caller.userId))
    const change = { old_password: password, new_password: 'battery staple' }
    await expect(user.changePassword(stores, caller, change, somewhere())).rejects.toEqual(refusal('TOO_MANY_REQUESTS'))
    await user.changePassword(stores, caller, change, home)
  })

  it('is unknown again when nothing came from there for long', async () => {
    const [account, home] = [number(1e9), somewhere()]
    await guessed(home, account, true)
    const [known] = (await keysWith(`:${account}:known:`)) ?? []
    expect(await redis.ttl(known ?? '')).toBe(config.guesses.knownDays * daySeconds)
  })
})

describe('guesses at one account', () => {
  it('wait twice as long each time, and for a day after a hundred in a row', async () => {
    const waits = await waitsOf(randomUUID(), inARow + 2)
    const growing = Array.from({ length: inARow - free }, (_, index) => Math.min(2 ** index, delaySeconds))
    expect(waits).toEqual([...Array(free).fill(0), ...growing, daySeconds, daySeconds])
  })

  it('are no more when they come at the same instant', async () => {
    const account = randomUUID()
    let checked = 0
    await times(10 * free, () =>
      guess({ redis }, { account, address: somewhere() }, async () => {
        checked += 1
        return false
      }),
    )
    expect(checked).toBe(free)
  })

  it('count whatever the spelling, and whether it exists or not', async () => {
    const taken = await registered()
    for (const username of [taken, `nobody-${randomUUID()}`]) {
      const spellings = [username, username.toUpperCase(), `${username}\u200b`]
      for (let tries = 0; tries < free; tries += 1) {
        const attempt = logIn(spellings[tries % 3] ?? '', somewhere(), 'a guess')
        await expect(attempt).rejects.toEqual(refusal('BAD_CREDENTIALS'))
      }
      await expect(logIn(username, somewhere())).rejects.toMatchObject({ detail: { retryAfterSeconds: 1 } })
    }
  })

  it('are forgotten with the right password, where it was given', async () => {
    const [account, home] = [randomUUID(), somewhere()]
    await guessed(home, account, true)
    await times(free + 3, () => guessed(somewhere(), account))
    await times(free - 1, () => guessed(home, account))
    expect(await guessed(home, account, true)).toBe('checked')
    await times(free - 1, () => guessed(home, account))
    expect(await guessed(home, account, true)).toBe('checked')
    expect(await guessed(somewhere(), account, true)).toBe(1)
    later(1)
    expect(await guessed(somewhere(), account, true)).toBe('checked')
    expect(await waitsOf(account, free)).toEqual(Array(free).fill(0))
  })

  it('are bounded where the owner logged in, too', async () => {
    const [account, home] = [randomUUID(), somewhere()]
    await guessed(home, account, true)
    await times(free, () => guessed(home, account))
    expect(await guessed(home, account, true)).toBe(1)
  })

  it('count as the old password, too, and leave the session', async () => {
    const username = await registered()
    const home = somewhere()
    const { token: bearer } = await logIn(username, home)
    const caller = token.verify(bearer)
    const change = { old_password: 'a guess', new_password: 'battery staple' }
    for (let tries = 0; tries < free; tries += 1) {
      const attempt = user.changePassword(stores, caller, change, somewhere())
      await expect(attempt).rejects.toEqual(refusal('WRONG_PASSWORD'))
    }
    await expect(user.changePassword(stores, caller, change, somewhere())).rejects.toMatchObject({
      detail: { retryAfterSeconds: 1 },
    })
    await expect(logIn(username, somewhere())).rejects.toEqual(refusal('TOO_MANY_REQUESTS'))
    expect((await session.authenticate(stores, bearer)).username).toBe(username)
  })

  it('that could not be checked count for nothing', async () => {
    const [account, address] = [randomUUID(), somewhere()]
    const broken = () => Promise.reject(new DependencyTimeout('mysql', 1))
    for (let tries = 0; tries < perAddress + 1; tries += 1)
      await expect(guess({ redis }, { account, address }, broken)).rejects.toThrow('mysql')
    const outcomes = await times(free + 1, () => guessed(address, account))
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value)).toEqual([
      ...Array(free).fill('checked'),
      1,
    ])
  })
})

describe('right passwords', () => {
  it('are bounded for each account where they were given before, and nowhere else', async () => {
    const [account, home, elsewhere] = [randomUUID(), somewhere(), somewhere()]
    await guessed(home, account, true)
    const { count, seconds } = config.limits.logIns
    for (let tries = 0; tries < count; tries += 1) expect(await guessed(home, account, true)).toBe('checked')
    expect(await guessed(home, account, true)).toBe(seconds / count)
    expect(await guessed(elsewhere, account, true)).toBe('checked')
    expect(await guessed(home, randomUUID(), true)).toBe('checked')
  })
})

describe('guesses from one address', () => {
  it('at ever other names are bounded; who was there before still logs in there', async () => {
    const [username, address] = [await registered(), somewhere()]
    await logIn(username, address)
    for (let tries = 0; tries < perAddress; tries += 1) expect(await guessed(address, randomUUID())).toBe('checked')
    expect(await guessed(address, randomUUID())).toBe(daySeconds / perAddress)
    await logIn(username, address)
    expect(await guessed(somewhere(), randomUUID())).toBe('checked')
  })

  it('that are right are not counted', async () => {
    const address = somewhere()
    for (let tries = 0; tries <= perAddress; tries += 1)
      expect(await guessed(address, randomUUID(), true)).toBe('checked')
  })

  it('that have to wait are not counted', async () => {
    const [account, address] = [randomUUID(), somewhere()]
    await times(free, () => guessed(somewhere(), account))
    for (let tries = 0; tries <= perAddress; tries += 1) expect(await guessed(address, account)).toBe(1)
    expect(await guessed(address, randomUUID())).toBe('checked')
  })
})

describe('registrations', () => {
  it('from one address are bounded', async () => {
    const address = somewhere()
    const taken = { username: await registered(), password }
    const { count } = config.limits.registrations
    const outcomes = await times(count + 1, () => user.register(stores, taken, address))
    const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.reason)
    expect(reasons.filter((reason) => reason === 'USERNAME_TAKEN')).toHaveLength(count)
    expect(reasons.filter((reason) => reason === 'TOO_MANY_REQUESTS')).toHaveLength(1)
  })
})

describe('Redis', () => {
  it('holds no name, and not from where somebody logged in', async () => {
    const [nobody, somebody, home] = [`nobody-${randomUUID()}`, await registered(), somewhere()]
    await expect(logIn(nobody, somewhere(), 'a guess')).rejects.toEqual(refusal('BAD_CREDENTIALS'))
    await logIn(somebody, home)
    for (const text of [nobody, somebody, home]) expect(await keysWith(text)).toEqual([])
  })
})

const keysWith = async (text: string): Promise<string[]> => {
  const all = await Promise.all(redis.nodes('master').map((node) => node.keys('*')))
  return all.flat().filter((key) => key.includes(text))
}
