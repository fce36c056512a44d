import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as group from '../../lib/service/group/group.ts'
import { CodeQuery } from '../../lib/wire/group.ts'

/** GET /api/group/search: finds a group by its code. */
export const handler = endpoint({ query: CodeQuery, limit: 'searches' }, ({ query }) => group.search({ db }, query))
