import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as joining from '../../lib/service/group/join.ts'
import { Verdict } from '../../lib/wire/friend.ts'

/** POST /api/group/handle-join: accepts or declines a request to join. */
export const handler = endpoint({ body: Verdict }, ({ caller, language, body }) =>
  joining.decide({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
