import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { authorizer } from '../../lib/entry/socket.ts'
import * as session from '../../lib/service/session.ts'

/** The authorizer of `$connect`: admits a client whose token's session stands. */
export const handler = authorizer(({ token }) => session.authenticate({ db, redis }, token))
