import { db } from '../../lib/client/mysql.ts'
import { records } from '../../lib/entry/stream.ts'
import * as deadLetter from '../../lib/service/message/dead-letter.ts'
import { GivenUp } from '../../lib/wire/record.ts'

/** Stores the records that the mapping has given up as dead letters, and raises the metric of the alarm. */
export const handler = records(GivenUp, (envelopes) => deadLetter.fileGivenUp({ db }, envelopes))
