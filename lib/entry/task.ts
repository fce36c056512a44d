/** Tasks: what a schedule or an operator starts; no one waits for an answer but the log. */
import type { Context } from 'aws-lambda'
import * as log from '../core/log.ts'

/** The handler of a task: logs what it did under its name; a fault is logged and thrown, so that it counts as an error. */
export function task<T extends Record<string, number>>(name: string, run: () => Promise<T>) {
  return (_event: unknown, context: Context): Promise<T> =>
    log.withContext({ request_id: context.awsRequestId }, async () => {
      try {
        const done = await run()
        log.debug(name, done)
        return done
      } catch (error) {
        log.error(`${name} failed`, error)
        throw error
      }
    })
}
