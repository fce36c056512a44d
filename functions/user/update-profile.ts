import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'
import { ProfileChange } from '../../lib/wire/user.ts'

/** PUT /api/user/profile and POST /api/user/info/update: updates the given fields of the caller's profile. */
export const handler = endpoint({ body: ProfileChange }, ({ caller, body }) =>
  user.changeProfile({ db }, caller.userId, body),
)
