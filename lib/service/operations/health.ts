/** Health: whether each dependency responds. */
import { sql } from 'kysely'
import type { Stores } from '../../client/clients.ts'
import type { RecordProducer } from '../../client/kafka.ts'
import * as keys from '../../core/keys.ts'
import * as log from '../../core/log.ts'
import { within } from '../../core/outage.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Health } from '../../wire/health.ts'

const timeoutMs = 1_500

/**
 * Sends each dependency a small request.
 *
 * @throws Refusal UNAVAILABLE - one does not respond; its data holds the state of each.
 */
export async function check({
  db,
  redis,
  messages,
}: Stores & { messages: Pick<RecordProducer, 'check'> }): Promise<Health> {
  const [mysql, redisState, kafka] = await Promise.all([
    stateOf('mysql', sql`select 1`.execute(db)),
    stateOf('redis', redis.get(keys.health)),
    stateOf('kafka', messages.check()),
  ])
  const health = { mysql, redis: redisState, kafka }
  if (Object.values(health).includes('down')) throw new Refusal('UNAVAILABLE', { data: health, retryAfterSeconds: 2 })
  return health
}

async function stateOf(dependency: string, probe: Promise<unknown>): Promise<'up' | 'down'> {
  try {
    await within(timeoutMs, dependency, probe)
    return 'up'
  } catch (error) {
    log.error(`${dependency} check failed`, error)
    return 'down'
  }
}
