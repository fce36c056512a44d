import { db } from '../../lib/client/mysql.ts'
import { task } from '../../lib/entry/task.ts'
import * as cleanup from '../../lib/service/operations/cleanup.ts'

/** Every minute: deletes expired rows. */
export const handler = task('sweep', () => cleanup.deleteExpired({ db }, Date.now()))
