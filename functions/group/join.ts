import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as joining from '../../lib/service/group/join.ts'
import { JoinRequest } from '../../lib/wire/group.ts'

/** POST /api/group/join: joins a group, or asks to. */
export const handler = endpoint({ body: JoinRequest, limit: 'groupRequests' }, ({ caller, language, body }) =>
  joining.join({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
