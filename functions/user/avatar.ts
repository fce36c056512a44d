import { db } from '../../lib/client/mysql.ts'
import { openStorage } from '../../lib/client/storage.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as avatar from '../../lib/service/media/avatar.ts'

const storage = openStorage()
const maxBytes = 4 * 2 ** 20

/** POST /api/user/avatar: takes a picture of the caller, as GoChat's first front end sends it. */
export const handler = endpoint(
  { file: { field: 'avatar', maxBytes }, limit: 'uploads' },
  ({ caller, file = Buffer.alloc(0), host }) => avatar.change({ db, storage }, caller.userId, file, host),
)
