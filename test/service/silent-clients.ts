/** The three clients, each behind a proxy that can lose its connections. */
import type { Cluster } from 'ioredis'
import { RecordProducer } from '../../lib/client/kafka.ts'
import { type Db, openDb } from '../../lib/client/mysql.ts'
import { openRedis } from '../../lib/client/redis.ts'
import { config } from '../../lib/core/config.ts'
import { openSilentProxy, type SilentProxy } from './silent-proxy.ts'

/** Called after each test, last opened first closed. */
export const closers: (() => unknown)[] = []

export const mysqlProxy = async (): Promise<SilentProxy> => {
  const { hostname, port } = new URL(config.mysqlUrl)
  return kept(await openSilentProxy({ host: hostname, port: Number(port || 3306) }))
}

export const redisProxy = async (): Promise<SilentProxy> => {
  const { hostname, port } = new URL(config.redisUrl)
  // CLUSTER SLOTS: a bulk string and an integer.
  const nameOf = (at: number): Buffer => Buffer.from(`127.0.0.1\r\n:${at}\r\n`)
  return kept(await openSilentProxy({ host: hostname, port: Number(port || 6379), nameOf }))
}

export const kafkaProxy = async (): Promise<SilentProxy> => {
  const [host = '', port] = (config.kafkaBrokers[0] ?? '').split(':')
  const nameOf = (at: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(at)
    return Buffer.concat([Buffer.from('127.0.0.1'), bytes])
  }
  return kept(await openSilentProxy({ host, port: Number(port), nameOf }))
}

/** The address of a store, by way of a proxy. */
export function throughProxy(url: string, { port }: SilentProxy): string {
  const address = new URL(url)
  address.hostname = '127.0.0.1'
  address.port = String(port)
  return address.href
}

export async function silentMysql(statementTimeoutMs?: number): Promise<{ db: Db; proxy: SilentProxy }> {
  const proxy = await mysqlProxy()
  const db = openDb({ url: throughProxy(config.mysqlUrl, proxy), ...(statementTimeoutMs && { statementTimeoutMs }) })
  closers.push(() => db.destroy().catch(() => undefined))
  return { db, proxy }
}

export async function silentRedis(): Promise<{ redis: Cluster; proxy: SilentProxy }> {
  const proxy = await redisProxy()
  const redis = openRedis(throughProxy(config.redisUrl, proxy))
  closers.push(() => redis.disconnect())
  return { redis, proxy }
}

export async function silentKafka(): Promise<{ messages: RecordProducer; proxy: SilentProxy }> {
  const proxy = await kafkaProxy()
  const messages = new RecordProducer([`127.0.0.1:${proxy.port}`], config.messageTopic)
  closers.push(() => messages.close())
  return { messages, proxy }
}

function kept(proxy: SilentProxy): SilentProxy {
  closers.push(() => proxy.close())
  return proxy
}
