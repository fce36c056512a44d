import { db } from '../../lib/client/mysql.ts'
import { openStorage } from '../../lib/client/storage.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as download from '../../lib/service/media/download.ts'
import { DownloadRequest } from '../../lib/wire/media.ts'

const storage = openStorage()

/** POST /api/media/download: an address of a file that the caller may see; the first time, the file is looked at. */
export const handler = endpoint({ body: DownloadRequest, limit: 'reads' }, ({ caller, body, host }) =>
  download.address({ db, storage }, caller.userId, body, host),
)
