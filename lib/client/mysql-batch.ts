/** The consumer's database: the only one whose connections take several statements in one query. */
import { type Db, openDb } from './mysql.ts'

/** For transactions in few round trips. All that comes from outside is a parameter. */
export const db: Db = openDb({ multipleStatements: true })
