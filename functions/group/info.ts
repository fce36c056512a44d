import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as group from '../../lib/service/group/group.ts'
import { GroupQuery } from '../../lib/wire/group.ts'

/** GET /api/group/info: returns what a group says of itself. */
export const handler = endpoint({ query: GroupQuery }, ({ caller, query }) => group.info({ db }, caller.userId, query))
