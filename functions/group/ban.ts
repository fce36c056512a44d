import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as membership from '../../lib/service/group/membership.ts'
import { Ban } from '../../lib/wire/group.ts'

/** POST /api/group/ban: keeps somebody out, or lifts it. */
export const handler = endpoint({ body: Ban }, ({ caller, language, body }) =>
  membership.ban({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
