import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as joining from '../../lib/service/group/join.ts'
import { JoinVerdict } from '../../lib/wire/group.ts'

/** POST /api/group/handle-join: accepts or declines a request to join. */
export const handler = endpoint({ body: JoinVerdict }, ({ caller, language, body }) =>
  joining.decide({ db, redis, gateway }, { userId: caller.userId, language }, body),
)
