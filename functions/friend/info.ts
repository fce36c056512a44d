import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { TargetQuery } from '../../lib/wire/friend.ts'

/** GET /api/friend/info: returns the details of a friend. */
export const handler = endpoint({ query: TargetQuery }, ({ caller, query }) =>
  friend.info({ db, redis }, caller.userId, query),
)
