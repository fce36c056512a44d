import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { Verdict } from '../../lib/wire/friend.ts'

/** POST /api/friend/handle: accepts or declines a friend request. */
export const handler = endpoint({ body: Verdict }, ({ caller, body }) =>
  friendRequest.decide({ db, redis, gateway }, caller.userId, body),
)
