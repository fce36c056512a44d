import { endpoint } from '../../lib/entry/http.ts'
import * as ice from '../../lib/service/call/ice.ts'

/** GET /api/call/ice-servers: the servers by which a call finds its way. */
export const handler = endpoint({}, async ({ caller }) => ice.iceServers(caller.userId, Date.now()))
