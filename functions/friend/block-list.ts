import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as block from '../../lib/service/block.ts'

/** GET /api/friend/block/list: whom the caller has blocked. */
export const handler = endpoint({}, ({ caller }) => block.list({ db }, caller.userId))
