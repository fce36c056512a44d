import { redis } from '../../lib/client/redis.ts'
import { loadSession } from '../../lib/entry/load-session.ts'
import { authorizer } from '../../lib/entry/socket.ts'
import * as session from '../../lib/service/account/session.ts'

/** The authorizer of `$connect`: admits a client whose token's session stands. */
export const handler = authorizer(({ token }) => session.authenticate({ redis, loadSession }, token))
