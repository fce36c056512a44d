import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as membership from '../../lib/service/group/membership.ts'
import { Invitation } from '../../lib/wire/group.ts'

/** POST /api/group/invite: makes friends members. */
export const handler = endpoint({ body: Invitation }, ({ caller, language, body }) =>
  membership.invite({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
