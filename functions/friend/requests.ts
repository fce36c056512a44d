import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { PageQuery } from '../../lib/wire/page.ts'

/** GET /api/friend/requests: lists the friend requests that the caller has yet to decide. */
export const handler = endpoint({ query: PageQuery }, ({ caller, query }) =>
  friendRequest.pending({ db }, caller.userId, query),
)
