import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { notifyOf } from '../../lib/service/group/membership.ts'
import { Notify } from '../../lib/wire/group.ts'

/** POST /api/group/notify: sets of which messages of a group the caller wants to be told. */
export const handler = endpoint({ body: Notify }, ({ caller, body }) => notifyOf({ db }, caller.userId, body))
