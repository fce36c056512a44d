import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { TimePageQuery } from '../../lib/wire/page.ts'

/** GET /api/friend/list: lists the caller's friends. */
export const handler = endpoint({ query: TimePageQuery }, ({ caller, query }) =>
  friend.list({ db, redis }, caller.userId, query),
)
