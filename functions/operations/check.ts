import { messages } from '../../lib/client/message-topic.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { operatorEndpoint } from '../../lib/entry/operator.ts'
import * as health from '../../lib/service/operations/health.ts'

/** Checks each dependency, for operators. Locally it is GET /api/health. */
export const handler = operatorEndpoint(() => health.check({ db, redis, messages }))
