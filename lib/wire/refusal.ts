/** A refusal as clients read it: an envelope over HTTP, a frame over sockets. */
import { type Language, type Reason, type Refusal, textOf } from '../core/refusal.ts'
import type { Envelope } from './envelope.ts'
import type { RefusedFrame } from './server-frame.ts'

/** A refusal, or just its reason. */
type RefusalLike = Pick<Refusal, 'reason'> & Partial<Pick<Refusal, 'detail'>>

// A literal: importing FrameType would put the schemas of all frames into every bundle.
const type: RefusedFrame['type'] = 9
// The outcome is unknown, or a later attempt may succeed.
const retryable = new Set<Reason>(['UNAVAILABLE', 'FAULT', 'TOO_MANY_REQUESTS', 'TOO_MANY_CONNECTIONS'])
// Reports of these should say which request it was.
const withRequestId = new Set<Reason>(['UNAVAILABLE', 'FAULT'])

export function envelopeOf({ reason, detail = {} }: RefusalLike, language: Language, requestId: string): Envelope {
  const { code, msg } = textOf(reason, language)
  return {
    code,
    msg: detail.field ? `${msg}: ${detail.field}` : msg,
    reason,
    ...(withRequestId.has(reason) && { request_id: requestId }),
    ...(detail.data !== undefined && { data: detail.data }),
  }
}

/** The frame has the ids that are known of what it refuses. */
export function frameOf(
  { reason, detail = {} }: RefusalLike,
  language: Language,
  of: Pick<RefusedFrame, 'client_msg_id' | 'call_id'> = {},
): RefusedFrame {
  const { code, msg } = textOf(reason, language)
  return {
    type,
    ...of,
    code,
    reason,
    msg: detail.field ? `${msg}: ${detail.field}` : msg,
    retryable: retryable.has(reason),
    ...(detail.retryAfterSeconds !== undefined && { retry_after_ms: Math.ceil(detail.retryAfterSeconds * 1000) }),
  }
}
