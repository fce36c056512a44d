import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { pageCost, search } from '../../lib/service/conversation/search.ts'
import { SearchQuery } from '../../lib/wire/chat.ts'

/** GET /api/chat/search: returns a page of the messages that hold a text. */
export const handler = endpoint({ query: SearchQuery, costOf: () => pageCost }, ({ caller, query }) =>
  search({ db }, caller.userId, query),
)
