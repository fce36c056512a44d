import { db } from '../../lib/client/mysql.ts'
import { openStorageWhenNeeded as openStorage } from '../../lib/client/storage-when-needed.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'
import { useAvatar } from '../../lib/service/media/when-needed.ts'
import { ProfileChange } from '../../lib/wire/user.ts'

/** PUT /api/user/profile and POST /api/user/info/update: updates the given fields of the caller's profile. */
export const handler = endpoint({ body: ProfileChange }, async ({ caller, body }) => {
  await useAvatar({ db, openStorage }, caller.userId, body.avatar)
  return await user.changeProfile({ db }, caller.userId, body)
})
