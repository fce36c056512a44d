import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as membership from '../../lib/service/group/membership.ts'
import { Mute } from '../../lib/wire/group.ts'

/** POST /api/group/mute: takes the word from a member or from all, or gives it back. */
export const handler = endpoint({ body: Mute }, ({ caller, language, body }) =>
  membership.mute({ db, redis, gateway, slices }, { userId: caller.userId, language }, body),
)
