import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as openSession from '../../lib/service/account/open-session.ts'
import { PageQuery } from '../../lib/wire/page.ts'

/** GET /api/user/sessions: the caller's open sessions. */
export const handler = endpoint({ query: PageQuery }, ({ caller, query }) =>
  openSession.list({ db, redis }, caller, query),
)
