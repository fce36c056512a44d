import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as block from '../../lib/service/contact/block.ts'
import { PageQuery } from '../../lib/wire/page.ts'

/** GET /api/friend/block/list: lists the users that the caller has blocked. */
export const handler = endpoint({ query: PageQuery }, ({ caller, query }) => block.list({ db }, caller.userId, query))
