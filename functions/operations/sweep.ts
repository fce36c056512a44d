import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway-when-needed.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { openStorage } from '../../lib/client/storage.ts'
import { task } from '../../lib/entry/task.ts'
import * as sweep from '../../lib/service/media/sweep.ts'
import * as cleanup from '../../lib/service/operations/cleanup.ts'
import * as erasure from '../../lib/service/personal-data/erasure.ts'

// A part of the time that the function has.
const erasingMs = 40_000

/** Every minute: deletes expired rows and files that nobody uses, and erases what deleted accounts have left. */
export const handler = task('sweep', async () => {
  const now = Date.now()
  const [expired, { erased }, files] = await Promise.all([
    cleanup.deleteExpired({ db }, now),
    erasure.sweep({ db, redis, gateway, slices }, now, now + erasingMs),
    sweep.deleteUnused({ db, storage: openStorage() }, now),
  ])
  return { ...expired, erased, files }
})
