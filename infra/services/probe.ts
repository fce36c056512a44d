/**
 * Readiness probes: they connect as the functions do.
 *
 * Each throws until its service is ready. It may be called repeatedly, and changes nothing that exists.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { makeBucket } from './storage.ts'
import { readTopics } from './topics.ts'

const connectMs = 3_000

/** Creates the URL's database if it is missing. With `serverId`, only that server counts. */
export async function probeMysql(url: string, serverId?: number): Promise<void> {
  const connection = await connectMysql(url).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ER_BAD_DB_ERROR'
    if (!isMissing) throw error
    return connectWithDatabase(url)
  })
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT @@server_id AS id')
    if (serverId !== undefined && rows[0]?.id !== serverId) throw new Error('another MySQL answers')
  } finally {
    connection.destroy()
  }
}

/** Redis must be in cluster mode; a single new node is given all slots. With `pid`, only that process counts. */
export async function probeRedis(url: string, pid?: number): Promise<void> {
  const options: RedisOptions = { connectTimeout: connectMs, maxRetriesPerRequest: 0, lazyConnect: true }
  const node = new Redis(url, { ...options, retryStrategy: null })
  const { host = '', port = 0, username, password, tls } = node.options
  const cluster = new Cluster([{ host, port }], {
    lazyConnect: true,
    clusterRetryStrategy: null,
    slotsRefreshTimeout: connectMs,
    // A certificate names the host, not its address.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: { ...options, username, password, tls },
  })
  for (const client of [node, cluster]) client.on('error', () => {})
  try {
    await node.connect()
    if (pid !== undefined && field(await node.info('server'), 'process_id') !== String(pid)) {
      throw new Error('another Redis answers')
    }
    const state = String(await node.cluster('INFO'))
    if (field(state, 'cluster_slots_assigned') === '0' && field(state, 'cluster_known_nodes') === '1') {
      await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    }
    if (field(state, 'cluster_state') !== 'ok') throw new Error('the cluster is not ready')
    await cluster.connect()
    await cluster.exists('ready')
  } finally {
    for (const client of [node, cluster]) client.disconnect()
  }
}

/**
 * Creates the topics of serverless.yml, each with at least its partitions; Kafka must take idempotent producers. With
 * `clusterId`, only that cluster counts.
 */
export async function probeKafka(brokers: readonly string[], clusterId?: string): Promise<void> {
  const topics = readTopics()
  const kafka = new Kafka({
    clientId: 'gochat-start',
    brokers: [...brokers],
    connectionTimeout: connectMs,
    requestTimeout: 10_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  const producer = kafka.producer({ idempotent: true, retry: { retries: 1 } })
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    if (clusterId !== undefined && cluster.clusterId !== clusterId) throw new Error('another Kafka answers')
    const existing = await admin.listTopics()
    const missing = topics.filter(({ name }) => !existing.includes(name))
    if (missing.length > 0) {
      const created = missing.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions }))
      await admin.createTopics({ topics: created, waitForLeaders: true })
    }
    const found = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) })
    const partitionsOf = new Map(found.topics.map((topic) => [topic.name, topic.partitions.length]))
    const small = topics.filter(({ name, partitions }) => (partitionsOf.get(name) ?? 0) < partitions)
    if (small.length > 0) {
      const grown = small.map(({ name, partitions }) => ({ topic: name, count: partitions }))
      await admin.createPartitions({ topicPartitions: grown })
    }
    // A node that has just come up refuses these a little longer than the rest.
    await producer.connect()
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

/** Creates the bucket of serverless.yml if it is missing. A server that takes this start's key is this start's. */
export async function probeStorage(address: string): Promise<void> {
  await makeBucket(address, connectMs)
}

/**
 * Repeats `attempt` until it succeeds.
 *
 * @throws what the last attempt threw, after `timeoutMs`; the signal's reason, once that is aborted.
 */
export async function untilReady<T>(attempt: () => Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    try {
      const result = await attempt()
      signal?.throwIfAborted()
      return result
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await wait(100, undefined, { signal }).catch(() => {})
  }
}

async function connectWithDatabase(url: string): Promise<Connection> {
  const address = new URL(url)
  const database = decodeURIComponent(address.pathname.slice(1))
  address.pathname = '/'
  const connection = await connectMysql(address.href)
  // MySQL and MariaDB both know utf8mb4_unicode_ci; their defaults differ.
  const name = connection.escapeId(database)
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
  return connection
}

function connectMysql(url: string): Promise<Connection> {
  return createConnection({ uri: url, connectTimeout: connectMs })
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1]
}
