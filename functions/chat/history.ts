import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { history } from '../../lib/service/conversation/history.ts'
import { HistoryQuery } from '../../lib/wire/chat.ts'

/** GET /api/chat/history: returns a page of a conversation's messages. */
export const handler = endpoint({ query: HistoryQuery }, ({ caller, query }) => history({ db }, caller.userId, query))
