/** Clients that write down what is asked of them: the statements of a database, the round trips to Redis. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Cluster } from 'ioredis'
import { CompiledQuery, Kysely, MysqlDialect, QueryCreator, sql } from 'kysely'
import { createPool, type QueryTraceContext } from 'mysql2'
import type { Db } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import type { Database } from '../../lib/schema/tables.ts'

export interface Statement {
  sql: string
  parameters: readonly unknown[]
}

/** A database that records its statements, those that open and close transactions aside. */
export function recordingDb(): { db: Db; statements: Statement[] } {
  const statements: Statement[] = []
  const db = new Kysely<Database>({
    dialect: new MysqlDialect({
      pool: createPool({ uri: config.mysqlUrl, charset: 'utf8mb4_bin', multipleStatements: true }),
    }),
    log({ query: { sql, parameters } }) {
      const left = [...parameters]
      for (const text of apart(sql)) {
        const own = left.splice(0, text.split('?').length - 1)
        if (/^(select|insert|update|delete|with)\b/i.test(text.trim())) statements.push({ sql: text, parameters: own })
      }
    },
  })
  return { db, statements }
}

/** The statements of one round trip, as lib/service/store/transaction.ts joins them. */
const apart = (text: string): string[] => text.split(';\n')

/** What `work` asked of the databases. */
export interface Log {
  /** As the server reads it, from whatever client: transactions and the settings of new connections included. */
  texts: string[]
  /** The places in `lib` where a statement began to be built, or one in plain SQL was run: `lib/…:line`. */
  places: Set<string>
}

const channels = ['tracing:mysql2:query:start', 'tracing:mysql2:execute:start']
const builders: [owner: object, names: string[]][] = [
  [QueryCreator.prototype, ['selectFrom', 'insertInto', 'replaceInto', 'updateTable', 'deleteFrom', 'mergeInto']],
  [Object.getPrototypeOf(sql``), ['execute', 'compile']],
]

/** Begins a statement, in a line of `lib`. */
export const beginning =
  /\.(?:(?:select|delete)From|(?:insert|replace|merge)Into|updateTable)\(|`\.(?:execute|compile)\(/

/** Writes down all that is sent to a database while `work` runs, and from where. */
export async function logOf(work: () => Promise<unknown>): Promise<Log> {
  const log: Log = { texts: [], places: new Set() }
  const note = (context: unknown): void => {
    log.texts.push(...apart((context as QueryTraceContext).query))
  }
  for (const channel of channels) subscribe(channel, note)
  const restores = builders.flatMap(([owner, names]) =>
    names.map((name) =>
      overridden(owner, name, () => {
        const place = new Error().stack?.match(/\/(lib\/[^)\s]+?:\d+):\d+/)?.[1]
        if (place) log.places.add(place)
      }),
    ),
  )
  try {
    await work()
  } finally {
    for (const channel of channels) unsubscribe(channel, note)
    for (const restore of restores) restore()
  }
  return log
}

/** Has `first` called before each call of a method; returns what undoes it. */
function overridden(owner: object, name: string, first: (...given: unknown[]) => void): () => void {
  const method: unknown = Reflect.get(owner, name)
  if (typeof method !== 'function') throw new Error(`there is no method ${name}`)
  const before = {
    [name](this: unknown, ...given: unknown[]): unknown {
      first(...given)
      return Reflect.apply(method, this, given)
    },
  }
  Object.assign(owner, before)
  return () => Object.assign(owner, { [name]: method })
}

/** One table of a statement's plan. */
export interface Step {
  table: string | null
  /** How rows are found: `ALL` reads the whole table, `index` a whole index. */
  type: string | null
  key: string | null
  /** An estimate, in some databases as text. */
  rows: number | string | null
  Extra: string | null
}

/** The database's plan for a statement. MySQL 9 answers a plain `explain` with a tree, and with a table when asked for it. */
export async function planOf(db: Db, { sql, parameters }: Statement): Promise<Step[]> {
  return (await db.executeQuery<Step>(CompiledQuery.raw(`explain format=traditional ${sql}`, [...parameters]))).rows
}

/** Whether a step reads what the statement itself lists, and so bounds: MySQL calls a recursive list by its own name. */
export const isListed = ({ table, Extra }: Step): boolean =>
  /^<(derived|union)/.test(table ?? '') || /^Recursive\b/.test(Extra ?? '')

/** Whether a step reads nothing: the database has found by a unique key, or by a null, that there is no such row. */
export const isNothing = ({ table, type, key }: Step): boolean => table === null || (type === 'const' && key === null)

/** How often `work` waits for Redis: what is written before the first answer comes is one round trip. */
export async function roundTrips(redis: Cluster, work: () => Promise<unknown>): Promise<number> {
  const streams = redis.nodes('all').map((node) => node.stream)
  let trips = 0
  let isWaiting = false
  const undo = streams.map((stream) => {
    const write = stream.write
    const answered = () => {
      isWaiting = false
    }
    stream.prependListener('data', answered)
    stream.write = (...given: unknown[]) => {
      if (!isWaiting) trips += 1
      isWaiting = true
      return Reflect.apply(write, stream, given)
    }
    return () => {
      stream.off('data', answered)
      stream.write = write
    }
  })
  try {
    await work()
  } finally {
    for (const restore of undo) restore()
  }
  return trips
}

/** The names of the commands that `work` sends to Redis, in their order. */
export async function commandsOf(redis: Cluster, work: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = []
  const note = (command: unknown): void => {
    names.push((command as { name: string }).name)
  }
  const restores = redis.nodes('all').map((node) => overridden(node, 'sendCommand', note))
  try {
    await work()
  } finally {
    for (const restore of restores) restore()
  }
  return names
}
