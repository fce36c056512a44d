import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { Description } from '../../lib/wire/friend.ts'

/** POST /api/friend/desc: sets the caller's alias for a friend. */
export const handler = endpoint({ body: Description }, ({ caller, body }) =>
  friend.describe({ db }, caller.userId, body),
)
