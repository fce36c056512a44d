import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { sync } from '../../lib/service/conversation/sync.ts'
import { SyncRequest } from '../../lib/wire/chat.ts'

/** POST /api/chat/sync: what a device has missed in its conversations. */
export const handler = endpoint({ body: SyncRequest }, ({ caller, body }) => sync({ db }, caller.userId, body))
