import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { Target } from '../../lib/wire/friend.ts'

/** POST /api/friend/delete: ends a friendship, in both directions. */
export const handler = endpoint({ body: Target }, ({ caller, body }) =>
  friend.remove({ db, redis, gateway }, caller.userId, body),
)
