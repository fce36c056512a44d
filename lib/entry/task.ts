/** Tasks: what a schedule or an operator starts; no one waits for an answer but the log. */
import * as log from '../core/log.ts'
import { fault } from './middleware/fault.ts'
import { stack } from './stack.ts'

/** The handler of a task: logs what it did under its name; a fault is logged and thrown, so that it counts as an error. */
export function task<Done extends Record<string, number>>(name: string, run: () => Promise<Done>) {
  return stack<unknown, unknown, Done>(
    (_event, { awsRequestId }) => ({ request_id: awsRequestId }),
    [fault(`${name} failed`)],
    async () => {
      const done = await run()
      log.debug(name, done)
      return done
    },
  )
}
