import { redis } from '../../lib/client/redis.ts'
import { connection } from '../../lib/entry/socket.ts'
import * as presence from '../../lib/service/connection/presence.ts'

/** `$connect`: adds a connection to the user's presence, if its session still counts. */
export const handler = connection((opened) => presence.admit({ redis }, opened, Date.now()))
