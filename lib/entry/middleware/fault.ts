/** Faults that nobody is told of. */
import type { MiddlewareObj } from '@middy/core'
import * as log from '../../core/log.ts'

/** Logs what is thrown under `text`, with the context of its event; it is thrown on, so that the invocation counts as failed. */
export function fault(text: string): MiddlewareObj {
  return {
    onError({ error }) {
      log.error(text, error)
    },
  }
}
