import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as ticket from '../../lib/service/account/ticket.ts'

/** POST /api/ws/ticket: returns a ticket that opens one socket. */
export const handler = endpoint({}, ({ caller }) => ticket.issue({ redis }, caller))
