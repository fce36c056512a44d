import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as membership from '../../lib/service/group/membership.ts'
import { MembersQuery } from '../../lib/wire/group.ts'

/** GET /api/group/members: lists the members of a group. */
export const handler = endpoint({ query: MembersQuery }, ({ caller, query }) =>
  membership.members({ db }, caller.userId, query),
)
