/** Faults of functions that have no client to reply to. */
import type { MiddlewareObj } from '@middy/core'
import * as log from '../../core/log.ts'

/** Logs an error under `text`, in the context of its event. It stays thrown, so that the invocation counts as failed. */
export function fault(text: string): MiddlewareObj {
  return {
    onError({ error }) {
      log.error(text, error)
    },
  }
}
