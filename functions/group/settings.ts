import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as group from '../../lib/service/group/group.ts'
import { GroupSettings } from '../../lib/wire/group.ts'

/** POST /api/group/settings: changes how one joins, and what one sees then. */
export const handler = endpoint({ body: GroupSettings }, ({ caller, language, body }) =>
  group.settle({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
