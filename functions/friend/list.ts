import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friend from '../../lib/service/friend.ts'

/** GET /api/friend/list: the caller's friends. */
export const handler = endpoint({}, ({ caller }) => friend.list({ db, redis }, caller.userId))
