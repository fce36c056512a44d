import { gateway } from '../../lib/client/gateway-when-needed.ts'
import { redis } from '../../lib/client/redis.ts'
import { connection } from '../../lib/entry/socket.ts'
import { open } from '../../lib/service/connection/opening.ts'

/** `$connect`: adds a connection to the user's presence, if its session still counts and the limits allow one more. */
export const handler = connection((opened) => open({ redis, gateway }, opened))
