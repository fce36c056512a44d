/** A process that uses each store once whenever it is told to, and says how that went. A test freezes it. */
import { sql } from 'kysely'
import { messages } from '../../lib/client/message-topic.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'

interface Use {
  failure: string | null
  milliseconds: number
}

export type Used = Record<'mysql' | 'redis' | 'kafka', Use>

async function outcome(work: () => Promise<unknown>): Promise<Use> {
  const from = performance.now()
  const failure = await work().then(
    () => null,
    (error: unknown) => String(error),
  )
  return { failure, milliseconds: performance.now() - from }
}

process.on('message', async () => {
  const used: Used = {
    // A write, though of nothing.
    mysql: await outcome(() => sql`update users set nickname = nickname where id = 0`.execute(db)),
    redis: await outcome(() => redis.hset('frozen', 'field', 'value')),
    kafka: await outcome(() => messages.send({ key: 'frozen', value: '{}' })),
  }
  process.send?.(used)
})
