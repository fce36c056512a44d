import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as membership from '../../lib/service/group/membership.ts'
import { GroupTarget } from '../../lib/wire/group.ts'

/** POST /api/group/quit: leaves a group. */
export const handler = endpoint({ body: GroupTarget }, ({ caller, language, body }) =>
  membership.quit({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
