import { redis } from '../../lib/client/redis.ts'
import { connection } from '../../lib/entry/socket.ts'
import * as presence from '../../lib/service/connection/presence.ts'

/** `$connect`: adds a connection to the user's presence. */
export const handler = connection((opened) => presence.arrive({ redis }, opened, Date.now()))
