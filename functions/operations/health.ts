import { messages } from '../../lib/client/kafka.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { publicEndpoint } from '../../lib/entry/http.ts'
import * as health from '../../lib/service/operations/health.ts'

/** GET /api/health: checks each dependency. */
export const handler = publicEndpoint({}, () => health.check({ db, redis, messages }))
