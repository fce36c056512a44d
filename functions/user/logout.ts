import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'

/** POST /api/user/logout: ends this session and closes its connections. */
export const handler = endpoint({ event: 'authn_token_revoked' }, ({ caller }) =>
  user.logOut({ db, redis, gateway }, caller),
)
