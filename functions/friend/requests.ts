import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friendRequest from '../../lib/service/friend-request.ts'

/** GET /api/friend/requests: what waits for the caller's verdict. */
export const handler = endpoint({}, ({ caller }) => friendRequest.pending({ db }, caller.userId))
