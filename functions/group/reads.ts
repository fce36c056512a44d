import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { reads } from '../../lib/service/group/read.ts'
import { ReadsQuery } from '../../lib/wire/group.ts'

/** GET /api/group/reads: says who has read a message. */
export const handler = endpoint({ query: ReadsQuery }, ({ caller, query }) => reads({ db }, caller.userId, query))
