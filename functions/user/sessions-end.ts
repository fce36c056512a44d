import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as openSession from '../../lib/service/account/open-session.ts'
import { SessionEnd } from '../../lib/wire/session.ts'

/** POST /api/user/sessions/end: ends one of the caller's sessions and closes its connections. */
export const handler = endpoint({ body: SessionEnd, event: 'authn_token_revoked' }, ({ caller, body }) =>
  openSession.endOne({ db, redis, gateway }, caller, body),
)
