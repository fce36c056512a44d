/** Connections that die without a word, as when a function was frozen, a network forgot them, or a server moved. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { sql } from 'kysely'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { Db } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { markMissed } from '../../lib/service/connection/recipient.ts'
import type { Used } from './frozen.ts'
import {
  closers,
  kafkaProxy,
  mysqlProxy,
  redisProxy,
  silentKafka,
  silentMysql,
  silentRedis,
  throughProxy,
} from './silent-clients.ts'
import { closeClients, device, db as direct, person, redis as redisItself } from './stage.ts'

afterAll(closeClients)
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0).reverse()) await close()
})

/** How long `work` takes, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

describe('when connections to MySQL were lost', () => {
  const read = (db: Db) => sql`select 1`.execute(db)
  const rename = (db: Db, id: number, nickname: string) =>
    db.updateTable('users').set({ nickname }).where('id', '=', id).execute()
  const nicknameOf = async (id: number) =>
    (await direct.selectFrom('users').select('nickname').where('id', '=', id).executeTakeFirstOrThrow()).nickname

  /** Five open connections, of which none is in use. */
  async function warm(statementTimeoutMs: number) {
    const silent = await silentMysql(statementTimeoutMs)
    await Promise.all(Array.from({ length: 5 }, () => sql`select sleep(0.05)`.execute(silent.db)))
    expect(silent.proxy.opened()).toBe(5)
    return silent
  }

  const fiveReads = (db: Db) => async (): Promise<void> => {
    for (let time = 0; time < 5; time += 1) await read(db)
  }

  it('while nobody used them, neither a read nor a write fails, and the next is answered at once', async () => {
    const ada = await person('ada')
    for (const use of [read, (db: Db) => rename(db, ada, 'Ada')]) {
      const { db, proxy } = await warm(5_000)
      proxy.forget()
      vi.useFakeTimers({ now: Date.now() + 1_500, toFake: ['Date'] })
      expect(await timed(() => use(db))).toBeLessThan(1_000)
      expect(await timed(fiveReads(db))).toBeLessThan(300)
      vi.useRealTimers()
    }
    expect(await nicknameOf(ada)).toBe('Ada')
  })

  it('while in use, a read is answered on another one, and the next at once', async () => {
    const { db, proxy } = await warm(1_000)
    proxy.forget()
    expect(await timed(() => read(db))).toBeLessThan(1_000)
    expect(await timed(fiveReads(db))).toBeLessThan(300)
  })

  it('while in use, one write fails and is not repeated, and the next is taken at once', async () => {
    const { db, proxy } = await warm(500)
    const bob = await person('bob')
    proxy.loseAnswers()
    const sent = db
      .updateTable('users')
      .set((eb) => ({ session_epoch: eb('session_epoch', '+', 1) }))
      .where('id', '=', bob)
      .execute()
    await expect(sent).rejects.toThrow('mysql did not answer')
    expect(await timed(() => rename(db, bob, 'Bob'))).toBeLessThan(300)
    const row = await direct.selectFrom('users').select(['nickname', 'session_epoch']).where('id', '=', bob).execute()
    expect(row).toEqual([{ nickname: 'Bob', session_epoch: 1 }])
  })

  it.each([
    ['a read inside a transaction', (db: Db) => db.transaction().execute((tx) => read(tx))],
    ['a read that locks', (db: Db) => db.selectFrom('users').select('id').where('id', '=', 0).forUpdate().execute()],
    ['a lock by name', (db: Db) => sql`select get_lock(${'silent'}, 0)`.execute(db)],
  ])('%s is not repeated', async (_, use) => {
    const { db, proxy } = await warm(500)
    proxy.forget()
    await expect(use(db)).rejects.toThrow('mysql did not answer')
    expect(proxy.opened()).toBe(5)
  })
})

describe('when connections to Redis were lost', () => {
  it('no command fails, whether read, write or script, and the next is answered at once', async () => {
    const { redis, proxy } = await silentRedis()
    const use = () =>
      Promise.all([
        redis.hgetall('{silent}:hash'),
        redis.hset('{silent}:hash', 'field', 'value'),
        redis.eval("return redis.call('get', KEYS[1])", 1, '{silent}:text'),
        redis.get('another slot'),
      ])
    await use()
    for (let time = 0; time < 2; time += 1) {
      proxy.forget()
      expect(await timed(use)).toBeLessThan(1_400)
      expect(await timed(use)).toBeLessThan(300)
    }
  })

  it('a frame is still told to catch up, though the first answer that said so never came', async () => {
    const { redis, proxy } = await silentRedis()
    const ada = device(await person('ada'), 'phone')
    await session.load({ db: direct, redis }, ada.userId)
    for (const cost of [0, 1]) {
      await presence.touch({ redis }, ada, 0, Date.now())
      await redisItself.del(keys.messageRate(ada.userId))
      await markMissed({ redis }, ada.userId, ada.id)
      proxy.loseAnswers()
      expect(await presence.touch({ redis }, ada, cost, 1_000)).toMatchObject({ mustResync: true, waitMs: 0 })
      expect(await presence.touch({ redis }, ada, 0, 1_000)).toMatchObject({ mustResync: false })
    }
    // It was executed twice indeed.
    expect(await redisItself.hget(keys.messageRate(ada.userId), 'tokens')).toBe(String(config.messageRate.burst - 2))
  })
})

describe('when connections to Kafka were lost', () => {
  const record = { key: 'silent', value: JSON.stringify({ silent: true }) }

  /** Records in the topic, whoever wrote them. */
  async function recordCount(): Promise<number> {
    const admin = new Kafka({ brokers: [...config.kafkaBrokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(config.messageTopic)
    await admin.disconnect()
    return offsets.reduce((sum, { high }) => sum + Number(high), 0)
  }

  it('no record fails, and the next is taken at once', async () => {
    const { messages, proxy } = await silentKafka()
    await messages.send(record)
    for (let time = 0; time < 2; time += 1) {
      proxy.forget()
      expect(await timed(() => Promise.all([messages.send(record), messages.send(record)]))).toBeLessThan(2_000)
      expect(await timed(() => messages.send(record))).toBeLessThan(300)
    }
  })

  it('a record whose answer was lost is in the topic once', async () => {
    const { messages, proxy } = await silentKafka()
    await messages.send(record)
    const before = await recordCount()
    proxy.loseAnswers()
    await messages.send(record)
    await messages.send(record)
    expect(await recordCount()).toBe(before + 2)
  })

  it('a check of its health succeeds', async () => {
    const { messages, proxy } = await silentKafka()
    await messages.check()
    proxy.forget()
    await messages.check()
  })
})

describe('a process that was frozen while all its connections were lost', () => {
  async function use(child: ChildProcess): Promise<Used> {
    child.send('use')
    const [used] = await once(child, 'message')
    return used as Used
  }

  it('fails in nothing when it goes on, and then answers at once', async () => {
    const proxies = { mysql: await mysqlProxy(), redis: await redisProxy(), kafka: await kafkaProxy() }
    const child = fork(new URL('./frozen.ts', import.meta.url), {
      env: {
        ...process.env,
        MYSQL_URL: throughProxy(config.mysqlUrl, proxies.mysql),
        REDIS_URL: throughProxy(config.redisUrl, proxies.redis),
        KAFKA_BROKERS: `127.0.0.1:${proxies.kafka.port}`,
      },
    })
    closers.push(() => child.kill('SIGKILL'))
    const fine = { failure: null }
    expect(await use(child)).toMatchObject({ mysql: fine, redis: fine, kafka: fine })
    child.kill('SIGSTOP')
    for (const proxy of Object.values(proxies)) proxy.forget()
    // The freeze itself.
    await pause(1_500)
    child.kill('SIGCONT')
    expect(await use(child)).toMatchObject({ mysql: fine, redis: fine, kafka: fine })
    for (const { milliseconds } of Object.values(await use(child))) expect(milliseconds).toBeLessThan(300)
  })
})
