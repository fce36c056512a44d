import { redis } from '../../lib/client/redis.ts'
import { connection } from '../../lib/entry/socket.ts'
import * as presence from '../../lib/service/connection/presence.ts'

/** `$connect`: the user has one more connection. */
export const handler = connection((arrived) => presence.arrive({ redis }, arrived, Date.now()))
