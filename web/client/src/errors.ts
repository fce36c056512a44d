/** What goes wrong, in one class. */

export interface Detail {
  /** For people. */
  message?: string
  /** The HTTP status, when a reply brought the error. */
  status?: number
  /** Whether the same call may succeed later. What was sent is kept, or may be stored already. */
  isRetryable?: boolean
  /** Not sooner than this. */
  retryAfterMs?: number
  /** What to tell the service's operators about a fault. */
  requestId?: string
  cause?: unknown
}

/** A failure. `reason` is the service's own; the library adds `UNREACHABLE`, `CLOSED`, `OUTBOX`, `TOO_SLOW` and `CANCELLED`. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly reason: string
  readonly status: number | undefined
  readonly isRetryable: boolean
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined

  constructor(reason: string, { message, status, isRetryable = false, retryAfterMs, requestId, cause }: Detail = {}) {
    super(message ? `${reason}: ${message}` : reason, { cause })
    this.reason = reason
    this.status = status
    this.isRetryable = isRetryable
    this.retryAfterMs = retryAfterMs
    this.requestId = requestId
  }
}

const ofSession = new Set(['SESSION_ENDED', 'TOKEN_EXPIRED', 'TOKEN_INVALID', 'TOKEN_MISSING'])

/** The session is over, or never was: log in again. */
export const isOver = (reason: unknown): boolean => ofSession.has(String(reason))

/** Any error as one of ours. */
export const errorOf = (error: unknown): ChatError =>
  error instanceof ChatError
    ? error
    : new ChatError('UNREACHABLE', { message: String(error), isRetryable: true, cause: error })
