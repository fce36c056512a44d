/** What the servers, the sink and this process have counted between two looks. */
import { type ChildProcess, fork } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { startMeter } from '../processes.ts'
import type { Testbed } from '../testbed.ts'
import type { Posts } from './sink.ts'
import type { RedisCommands, RedisUse } from './units.ts'

/** InnoDB's and MySQL's own counters. */
const databaseCounters = {
  statements: 'Questions',
  commits: 'Com_commit',
  logBytes: 'Innodb_os_log_written',
  dataWrites: 'Innodb_data_writes',
  pagesWritten: 'Innodb_pages_written',
} as const

export type DatabaseUse = Record<keyof typeof databaseCounters | 'cpuMs', number>

export interface Counts {
  database: DatabaseUse
  redis: RedisUse
  kafka: { bytesIn: number; bytesOut: number }
  posts: Posts
  log: { bytes: number; events: number }
}

export interface Counters {
  /** Where posts are to go. */
  gatewayEndpoint: string
  /** What a simple command takes Redis, microseconds, without reading and writing its socket. */
  simpleMicroseconds: number
  /** Runs the work, and counts meanwhile. */
  during(work: () => Promise<void>): Promise<Counts>
  /** Bytes that Redis has in use. */
  redisMemory(): Promise<number>
  close(): Promise<void>
}

const simpleCommands = 2_000
// Of this command, and of connecting, which a function does once and not for each message.
const notCounted = new Set(['info', 'config', 'cluster', 'auth', 'hello', 'client', 'readonly', 'quit'])

/** Opens what counts. What functions write to their log from now on is counted, and not shown. */
export async function openCounters(stage: Testbed): Promise<Counters> {
  const sink = fork(join(import.meta.dirname, 'sink.ts'))
  const [port] = await once(sink, 'message')
  const database = await createConnection(stage.mysqlUrl)
  const redis = new Redis(stage.environment.REDIS_URL ?? '')
  const kafka = bytesTo(stage.kafkaBrokers)
  const sent = countCommands()
  const log = countLog()
  const simpleMicroseconds = await timeOfSimple(redis)

  async function during(work: () => Promise<void>): Promise<Counts> {
    const before = {
      database: await databaseTotals(database),
      posts: await totalsOf(sink),
      kafka: kafka(),
      log: { ...log },
    }
    const meter = await startMeter({ pids: stage.pids })
    await redis.config('RESETSTAT')
    sent.clear()
    await work()
    const commands = timesOf(new Map(sent), await redis.info('commandstats'))
    const bytes = bytesOf(await redis.info('stats'))
    const { cpuMs } = await meter.stop()
    return {
      database: { ...less(await databaseTotals(database), before.database), cpuMs: cpuMs.mysql ?? 0 },
      redis: { commands, bytes },
      kafka: less(kafka(), before.kafka),
      posts: less(await totalsOf(sink), before.posts),
      log: less({ ...log }, before.log),
    }
  }

  const redisMemory = async (): Promise<number> => fieldOf(await redis.info('memory'), 'used_memory')

  async function close(): Promise<void> {
    sink.disconnect()
    redis.disconnect()
    await database.end()
  }
  return { gatewayEndpoint: `http://127.0.0.1:${port}`, simpleMicroseconds, during, redisMemory, close }
}

async function databaseTotals(database: Connection): Promise<Record<keyof typeof databaseCounters, number>> {
  const names = Object.values(databaseCounters)
  const [rows] = await database.query<RowDataPacket[]>('show global status where Variable_name in (?)', [names])
  const totals = new Map(rows.map(({ Variable_name, Value }) => [String(Variable_name), Number(Value)]))
  const total = (counter: keyof typeof databaseCounters): number => totals.get(databaseCounters[counter]) ?? 0
  return {
    statements: total('statements'),
    commits: total('commits'),
    logBytes: total('logBytes'),
    dataWrites: total('dataWrites'),
    pagesWritten: total('pagesWritten'),
  }
}

/** Bytes of all sockets of this process to the brokers; in is what the brokers were sent. */
function bytesTo(brokers: readonly string[]): () => Counts['kafka'] {
  const ports = new Set(brokers.map((broker) => Number(broker.split(':').at(-1))))
  const sockets: Socket[] = []
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket }
    socket.once('connect', () => {
      if (ports.has(socket.remotePort ?? 0)) sockets.push(socket)
    })
  })
  return () => ({
    bytesIn: sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    bytesOut: sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  })
}

function countLog(): Counts['log'] {
  const log = { bytes: 0, events: 0 }
  const show = process.stdout.write.bind(process.stdout)
  const count = (text: string | Uint8Array): boolean => {
    // Log lines are JSON; the rest is the command's own.
    if (typeof text === 'string' && !text.startsWith('{')) return show(text)
    log.bytes += Buffer.byteLength(text)
    log.events += 1
    return true
  }
  process.stdout.write = count
  process.stderr.write = count
  return log
}

async function totalsOf(sink: ChildProcess): Promise<Posts> {
  const counted = once(sink, 'message')
  sink.send('count')
  const [posts] = await counted
  return posts
}

async function timeOfSimple(redis: Redis): Promise<number> {
  await redis.set('cost', 'a value of some length')
  await redis.config('RESETSTAT')
  for (let each = 0; each < simpleCommands; each++) await redis.get('cost')
  const { get } = timesOf(new Map([['get', simpleCommands]]), await redis.info('commandstats'))
  return (get?.microseconds ?? 0) / simpleCommands
}

/** Counts the commands that clients of this process send, by name. The server's own counts hold those of scripts, too. */
function countCommands(): Map<string, number> {
  const sent = new Map<string, number>()
  subscribe('tracing:ioredis:command:start', (message) => {
    const { command } = message as { command: string }
    if (!notCounted.has(command)) sent.set(command, (sent.get(command) ?? 0) + 1)
  })
  return sent
}

/** What the server took for commands: its own mean time for each, also where scripts have called it, too. */
function timesOf(sent: ReadonlyMap<string, number>, commandStats: string): Record<string, RedisCommands> {
  const lines = commandStats.matchAll(/cmdstat_(\S+?):calls=(\d+),usec=(\d+)/g)
  const means = new Map(
    [...lines].map(([, name = '', calls, microseconds]) => [name, Number(microseconds) / Number(calls)]),
  )
  return Object.fromEntries(
    [...sent].map(([name, calls]) => {
      const mean = means.get(name)
      if (mean === undefined) throw new Error(`Redis has no time for ${name}, though it was sent`)
      return [name, { calls, microseconds: Math.round(mean * calls) }]
    }),
  )
}

const bytesOf = (stats: string): number =>
  fieldOf(stats, 'total_net_input_bytes') + fieldOf(stats, 'total_net_output_bytes')

const fieldOf = (info: string, name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? 0)

function less<K extends string>(after: Record<K, number>, before: Record<K, number>): Record<K, number> {
  const names = Object.keys(after) as K[]
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as Record<K, number>
}
