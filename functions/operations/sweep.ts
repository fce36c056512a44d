import { db } from '../../lib/client/mysql.ts'
import { task } from '../../lib/entry/task.ts'
import * as sweep from '../../lib/service/operations/cleanup.ts'

/** Every minute: removes what has expired. */
export const handler = task('sweep', () => sweep.sweep({ db }, Date.now()))
