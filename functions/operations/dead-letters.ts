import { slices } from '../../lib/client/fan-out-topic.ts'
import { messages } from '../../lib/client/message-topic.ts'
import { db } from '../../lib/client/mysql.ts'
import { command } from '../../lib/entry/task.ts'
import * as deadLetters from '../../lib/service/message/dead-letter-command.ts'
import { DeadLetterCommand } from '../../lib/wire/dead-letter.ts'

/** Lists, shows, replays and discards dead letters; called by `npm run dead-letters`. */
export const handler = command('dead letters', DeadLetterCommand, (given) =>
  deadLetters.run({ db, messages, slices }, given),
)
