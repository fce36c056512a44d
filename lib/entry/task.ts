/** Tasks: functions that a schedule or an operator starts. */
import * as log from '../core/log.ts'
import { fault } from './middleware/fault.ts'
import { stack } from './stack.ts'

/** The handler of a task. Its result is logged under its name; a fault is logged and rethrown, so that it counts as an error. */
export function task<Result extends log.Fields>(name: string, run: () => Promise<Result>) {
  return stack<unknown, unknown, Result>(
    (_event, { awsRequestId }) => ({ request_id: awsRequestId }),
    [fault(`${name} failed`)],
    async () => {
      const result = await run()
      log.debug(name, result)
      return result
    },
  )
}
