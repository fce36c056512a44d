import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as joining from '../../lib/service/group/join.ts'
import { PageQuery } from '../../lib/wire/page.ts'

/** GET /api/group/requests: lists the requests to join that the caller may decide. */
export const handler = endpoint({ query: PageQuery }, ({ caller, query }) =>
  joining.pending({ db }, caller.userId, query),
)
