import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'
import { UserSearch } from '../../lib/wire/user.ts'

/** GET /api/user/search: finds a user by exact username. */
export const handler = endpoint({ query: UserSearch, limit: 'searches' }, ({ query }) => user.search({ db }, query))
