import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { mark } from '../../lib/service/group/read.ts'
import { Target } from '../../lib/wire/friend.ts'

/** POST /api/group/mark-read: marks all messages of a group as read. */
export const handler = endpoint({ body: Target }, ({ caller, body }) =>
  mark({ db, redis, gateway, slices }, caller.userId, body),
)
