import { messages } from '../../lib/client/kafka.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { openEndpoint } from '../../lib/entry/http.ts'
import * as health from '../../lib/service/operations/health.ts'

/** GET /api/health: the state of each dependency. */
export const handler = openEndpoint({}, () => health.check({ db, redis, messages }))
