import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as block from '../../lib/service/contact/block.ts'
import { Target } from '../../lib/wire/friend.ts'

/** POST /api/friend/unblock: unblocks a user. */
export const handler = endpoint({ body: Target }, ({ caller, body }) => block.unblock({ db }, caller.userId, body))
