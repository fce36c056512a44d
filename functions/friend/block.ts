import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as block from '../../lib/service/contact/block.ts'
import { Target } from '../../lib/wire/friend.ts'

/** POST /api/friend/block: blocks a user, which ends a friendship. */
export const handler = endpoint({ body: Target }, ({ caller, body }) =>
  block.block({ db, redis, gateway }, caller.userId, body),
)
