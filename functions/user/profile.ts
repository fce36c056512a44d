import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'

/** GET /api/user/profile: returns the caller's profile. */
export const handler = endpoint({}, ({ caller }) => user.profile({ db }, caller.userId))
