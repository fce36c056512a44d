import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as openSession from '../../lib/service/account/open-session.ts'
import { SessionsEnd } from '../../lib/wire/session.ts'

/** POST /api/user/sessions/end-all: ends the caller's other sessions, on request all, and closes their connections. */
export const handler = endpoint({ body: SessionsEnd, event: 'authn_token_revoked' }, ({ caller, body }) =>
  openSession.endAll({ db, redis, gateway }, caller, body),
)
