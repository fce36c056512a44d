/** The consumer's database: the only pool whose connections accept several statements in one query. */
import { type Db, openDb } from './mysql.ts'

/** For transactions in few round trips. Everything from outside must be a parameter. */
export const db: Db = openDb({ multipleStatements: true })
