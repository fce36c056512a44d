import { db } from '../../lib/client/mysql.ts'
import { records } from '../../lib/entry/stream.ts'
import * as deadLetter from '../../lib/service/message/dead-letter.ts'
import { GivenUp } from '../../lib/wire/record.ts'

/** Files what the mapping has given up, and raises the alarm metric. */
export const handler = records(GivenUp, (envelopes) => deadLetter.fileGivenUp({ db }, envelopes))
