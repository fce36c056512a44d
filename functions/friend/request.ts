import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { FriendRequest } from '../../lib/wire/friend.ts'

/** POST /api/friend/request: sends a friend request. */
export const handler = endpoint({ body: FriendRequest, limit: 'friendRequests' }, ({ caller, body }) =>
  friendRequest.ask({ db, redis, gateway }, caller.userId, body),
)
