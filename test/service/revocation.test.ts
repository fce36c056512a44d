/** Ends of sessions while Redis refuses writes: none is lost, whatever fails between announcement and copy. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import * as keys from '../../lib/core/keys.ts'
import { isOutage } from '../../lib/core/outage.ts'
import * as token from '../../lib/core/token.ts'
import { admit } from '../../lib/service/account/admission.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { usernameKey } from '../../lib/wire/user.ts'
import { closeClients, connected, db, device, listeningGateway, person, redis } from './stage.ts'

afterAll(closeClients)

const [old, changed] = ['correct horse', 'another horse']
let hash: string
beforeAll(async () => {
  hash = await passwords.hash(old)
})

/** Redis that answers writes as it does when it is full, while `isFull` says so. `after` runs behind each that it takes. */
function redisThatIsFull(
  isFull: (scripts: number) => boolean,
  after: (scripts: number) => Promise<void> = async () => {},
) {
  let scripts = 0
  const evalsha = async (...given: unknown[]): Promise<unknown> => {
    // Guesses are counted by scripts, too.
    if (!String(given[2]).endsWith(':session')) return await Reflect.apply(redis.evalsha, redis, given)
    scripts += 1
    const count = scripts
    if (isFull(count))
      throw new Error("OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:2.")
    const answer = await Reflect.apply(redis.evalsha, redis, given)
    await after(count)
    return answer
  }
  const own = { evalsha, eval: evalsha }
  return new Proxy(redis, {
    get: (target, name) => Reflect.get(own, name) ?? Reflect.get(target, name, target),
  })
}

/** Ada with two sessions, each with a connection; what is done is done by the first. */
async function ada() {
  const userId = await person('ada')
  const username = `ada-${userId}`
  await db
    .updateTable('users')
    .set({ username, username_key: usernameKey(username), password: hash })
    .where('id', '=', userId)
    .execute()
  const logIn = async () =>
    (await user.logIn({ db, redis, signingKey, passwords }, { username, password: old }, username)).token
  const [mine, other] = [await logIn(), await logIn()]
  // Redis takes scripts by their hashes once it knows them.
  await session.load({ db, redis }, userId)
  const claims = token.verify(mine)
  const { sessionId } = token.verify(other)
  const phone = await connected(userId, 'phone', { sessionId })
  const { gateway, closed } = listeningGateway()
  const withRedis = (given: typeof redis) => ({ db, redis: given, gateway, signingKey, passwords })
  const change = (given: typeof redis) =>
    user.changePassword(withRedis(given), claims, { old_password: old, new_password: changed }, username)
  return { userId, mine, other, claims, phone, closed, withRedis, change }
}

const loadSession = (userId: number) => session.load({ db, redis }, userId)
const reasonFor = async (bearer: string): Promise<string> =>
  await session.authenticate({ redis, loadSession }, bearer).then(
    () => 'active',
    (error) => error.reason,
  )
const outageOf = async (work: Promise<unknown>): Promise<boolean> => await work.then(() => false, isOutage)
const untilEnded = (bearer: string) =>
  vi.waitFor(async () => expect(await reasonFor(bearer)).toBe('SESSION_ENDED'), { timeout: 8_000, interval: 100 })

beforeAll(async () => {
  // Whatever script is called first is sent as a whole.
  const { userId, claims, change } = await ada()
  await change(redis)
  await session.end({ db, redis }, claims)
  expect(await redis.ttl(keys.session(userId))).toBeGreaterThan(3_000)
})

describe('while Redis takes no writes', () => {
  it('a log-out is an outage, and changes nothing', async () => {
    const { userId, mine, claims, withRedis, closed } = await ada()
    expect(await outageOf(user.logOut(withRedis(redisThatIsFull(() => true)), claims))).toBe(true)
    expect(await db.selectFrom('sessions').selectAll().where('user_id', '=', userId).execute()).toEqual([])
    expect(await reasonFor(mine)).toBe('active')
    expect(closed).toEqual([])
  })

  it('a change of the password is an outage, and changes nothing', async () => {
    const { userId, other, change } = await ada()
    expect(await outageOf(change(redisThatIsFull(() => true)))).toBe(true)
    const now = await db
      .selectFrom('users')
      .select(['password', 'session_epoch'])
      .where('id', '=', userId)
      .executeTakeFirst()
    expect(now).toEqual({ password: hash, session_epoch: 0 })
    expect(await reasonFor(other)).toBe('active')
  })
})

describe('when Redis takes no more writes after the announcement', () => {
  const afterAnnouncement = () => redisThatIsFull((scripts) => scripts > 1)

  it('a log-out is an outage, and the token ends within seconds', async () => {
    const { mine, claims, withRedis } = await ada()
    expect(await outageOf(user.logOut(withRedis(afterAnnouncement()), claims))).toBe(true)
    await untilEnded(mine)
  })

  it('a change of the password is an outage, and the other sessions end within seconds', async () => {
    const { mine, other, change } = await ada()
    expect(await outageOf(change(afterAnnouncement()))).toBe(true)
    await untilEnded(other)
    expect(await reasonFor(mine)).toBe('active')
  })

  it('they end though somebody has made a new copy just before the commit', async () => {
    const { userId, other, change } = await ada()
    const read = async (scripts: number) => {
      if (scripts !== 1) return
      await redis.del(keys.session(userId))
      await session.load({ db, redis }, userId)
    }
    expect(await outageOf(change(redisThatIsFull((scripts) => scripts > 1, read)))).toBe(true)
    await untilEnded(other)
  })

  it('they end though another change is made meanwhile, which goes well', async () => {
    const { userId, other, claims, change } = await ada()
    const meanwhile = async (scripts: number) => {
      if (scripts === 1) await session.end({ db, redis }, { ...claims, sessionId: '0.third' })
    }
    expect(await outageOf(change(redisThatIsFull((scripts) => scripts > 1, meanwhile)))).toBe(true)
    expect(await redis.ttl(keys.session(userId))).toBeLessThanOrEqual(2)
    await untilEnded(other)
  })

  it('the retry is refused, since the old password is no longer right, and ends the others at once', async () => {
    const { other, phone, closed, change } = await ada()
    await outageOf(change(afterAnnouncement()))
    await expect(change(redis)).rejects.toMatchObject({ reason: 'WRONG_PASSWORD' })
    expect(await reasonFor(other)).toBe('SESSION_ENDED')
    expect(closed).toEqual([phone.id])
  })
})

it('a change that goes well leaves a copy that lives long', async () => {
  const { userId, change } = await ada()
  await change(redis)
  expect(await redis.ttl(keys.session(userId))).toBeGreaterThan(3_000)
  expect(await redis.exists(keys.sessionChanges(userId))).toBe(0)
})

const neverSent = {
  send: async () => {
    throw new Error('nothing is to be sent')
  },
}

it('a copy that is lost as soon as it was loaded is an outage, and ends no session', async () => {
  const { userId, mine } = await ada()
  await redis.del(keys.session(userId))
  const loadInVain = async (id: number) => {
    await loadSession(id)
    await redis.del(keys.session(id))
  }
  const clients = { redis, loadSession: loadInVain }
  expect(await outageOf(admit(clients, mine, 'reads'))).toBe(true)
  expect(await outageOf(session.authenticate(clients, mine))).toBe(true)
  const context = { connection: device(userId, 'phone'), language: 'en' as const }
  const frame = accept.heartbeat(
    { ...clients, messages: neverSent },
    {},
    { ...context, messageId: 'm', requestedAt: Date.now() },
  )
  expect(await outageOf(frame)).toBe(true)
  expect(await reasonFor(mine)).toBe('active')
})
