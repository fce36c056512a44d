/**
 * Whether the three services answer, and are as the functions need them: by really connecting.
 *
 * Each function throws until its service is ready, may be called again and again, and changes nothing that is already there.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'

export interface Topic {
  name: string
  partitions: number
}

const connectMs = 3_000

/** MySQL, with the URL's database made if it is missing. `serverId` says whose answer counts. */
export async function mysqlAnswers(url: string, serverId?: number): Promise<void> {
  const connection = await connectMysql(url).catch((error: unknown) => {
    if (!hasCode(error, 'ER_BAD_DB_ERROR')) throw error
    return connectWithDatabase(url)
  })
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT @@server_id AS id')
    if (serverId !== undefined && rows[0]?.id !== serverId) {
      throw new Error('another MySQL answers')
    }
  } finally {
    connection.destroy()
  }
}

/** Redis in cluster mode with all slots served. A single new node is given them. `pid` says whose answer counts. */
export async function redisAnswers(url: string, pid?: number): Promise<void> {
  const options: RedisOptions = {
    connectTimeout: connectMs,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    lazyConnect: true,
  }
  const node = new Redis(url, options)
  node.on('error', () => {})
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
  } finally {
    node.disconnect()
  }
  await clusterAnswers(url, options)
}

/** Kafka, with the topics made, each with at least its partitions, and open to idempotent producers. `clusterId` says whose answer counts. */
export async function kafkaAnswers(
  brokers: readonly string[],
  topics: readonly Topic[],
  clusterId?: string,
): Promise<void> {
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
    const fresh = topics.filter(({ name }) => !existing.includes(name))
    if (fresh.length > 0) {
      await admin.createTopics({
        topics: fresh.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
        waitForLeaders: true,
      })
    }
    const { topics: described } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) })
    const small = topics.filter(
      ({ name, partitions }) => (described.find((topic) => topic.name === name)?.partitions.length ?? 0) < partitions,
    )
    if (small.length > 0) {
      await admin.createPartitions({
        topicPartitions: small.map(({ name, partitions }) => ({ topic: name, count: partitions })),
      })
    }
    // A node that has just come up refuses these for a moment longer.
    await producer.connect()
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

/**
 * Tries until `attempt` succeeds.
 *
 * @throws what the last attempt threw, once `timeoutMs` are over; the signal's reason, once that is aborted.
 */
export async function untilAnswered(
  attempt: () => Promise<void>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await wait(100, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

async function clusterAnswers(url: string, redisOptions: RedisOptions): Promise<void> {
  const { hostname, port, protocol, username, password } = new URL(url)
  const options: ClusterOptions = {
    lazyConnect: true,
    clusterRetryStrategy: null,
    slotsRefreshTimeout: connectMs,
    redisOptions: {
      ...redisOptions,
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password) || undefined,
      tls: protocol === 'rediss:' ? {} : undefined,
    },
  }
  const cluster = new Cluster([{ host: hostname, port: Number(port || 6379) }], options)
  cluster.on('error', () => {})
  try {
    await cluster.connect()
    await cluster.exists('ready')
  } finally {
    cluster.disconnect()
  }
}

async function connectWithDatabase(url: string): Promise<Connection> {
  const address = new URL(url)
  const database = decodeURIComponent(address.pathname.slice(1))
  address.pathname = '/'
  const connection = await connectMysql(address.href)
  // utf8mb4_unicode_ci is known to both MySQL and MariaDB; their own defaults differ.
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
