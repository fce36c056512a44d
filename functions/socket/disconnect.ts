import { redis } from '../../lib/client/redis.ts'
import { connection } from '../../lib/entry/socket.ts'
import * as presence from '../../lib/service/connection/presence.ts'

/** `$disconnect`: removes a connection from the user's presence. */
export const handler = connection(({ id, userId }) => presence.leave({ redis }, userId, id))
