import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { costOf, sync } from '../../lib/service/conversation/sync.ts'
import { SyncRequest } from '../../lib/wire/chat.ts'

/** POST /api/chat/sync: returns the messages that a device has missed. */
export const handler = endpoint(
  { body: SyncRequest, limit: 'reads', costOf: ({ body }) => costOf(body) },
  ({ caller, body }) => sync({ db }, caller.userId, body),
)
