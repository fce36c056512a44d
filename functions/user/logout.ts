import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as session from '../../lib/service/session.ts'

/** POST /api/user/logout: ends this session. */
export const handler = endpoint({}, ({ caller }) => session.end({ db, redis }, caller))
