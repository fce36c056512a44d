import { db } from '../../lib/client/mysql.ts'
import { openStorage } from '../../lib/client/storage.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as upload from '../../lib/service/media/upload.ts'
import { UploadRequest } from '../../lib/wire/media.ts'

const storage = openStorage()

/** POST /api/media/upload: announces a file, and says where to put it. */
export const handler = endpoint({ body: UploadRequest, limit: 'uploads' }, ({ caller, body, host }) =>
  upload.announce({ db, storage }, caller.userId, body, host),
)
