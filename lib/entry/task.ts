/** Tasks and commands: functions that a schedule or an operator starts. */
import type * as z from 'zod/mini'
import * as log from '../core/log.ts'
import { checked } from './input.ts'
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

/**
 * The handler of a command: a task with input. Its result is for whoever called it and is not logged.
 *
 * @throws Refusal INVALID_INPUT - the input does not match `schema`.
 */
export function command<Input, Result>(
  name: string,
  schema: z.ZodMiniType<Input>,
  run: (input: Input) => Promise<Result>,
) {
  return stack<unknown, unknown, Result>(
    (_event, { awsRequestId }) => ({ request_id: awsRequestId }),
    [fault(`${name} failed`)],
    (event) => run(checked(schema, event, 'INVALID_INPUT')),
  )
}
