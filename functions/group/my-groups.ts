import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as group from '../../lib/service/group/group.ts'
import { TimePageQuery } from '../../lib/wire/page.ts'

/** GET /api/group/my-groups: lists the caller's groups. */
export const handler = endpoint({ query: TimePageQuery }, ({ caller, query }) =>
  group.list({ db }, caller.userId, query),
)
