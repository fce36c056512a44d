/** A refusal as clients read it: an envelope over HTTP, a frame over sockets. */
import { type Language, type Reason, type Refusal, textOf } from '../core/refusal.ts'
import type { Envelope } from './envelope.ts'
import type { RefusedFrame } from './frame.ts'

/** A refusal, or the mere reason for one. */
type Told = Pick<Refusal, 'reason'> & Partial<Pick<Refusal, 'detail'>>

// As a number: a bundle of a route would carry the schemas of all frames for the sake of it.
const type: RefusedFrame['type'] = 9
// The outcome is unknown, or the time was wrong.
const retryable = new Set<Reason>(['UNAVAILABLE', 'FAULT', 'TOO_MANY_REQUESTS'])
// Whoever reports one of these tells which request it was.
const ours = new Set<Reason>(['UNAVAILABLE', 'FAULT'])

export function envelopeOf({ reason, detail = {} }: Told, language: Language, requestId: string): Envelope {
  const { code, msg } = textOf(reason, language)
  return {
    code,
    msg: detail.field ? `${msg}: ${detail.field}` : msg,
    reason,
    ...(ours.has(reason) && { request_id: requestId }),
    ...(detail.data !== undefined && { data: detail.data }),
  }
}

/** Names the client's message when it is known. */
export function frameOf({ reason, detail = {} }: Told, language: Language, clientMessageId?: string): RefusedFrame {
  const { code, msg } = textOf(reason, language)
  return {
    type,
    ...(clientMessageId !== undefined && { client_msg_id: clientMessageId }),
    code,
    reason,
    msg: detail.field ? `${msg}: ${detail.field}` : msg,
    retryable: retryable.has(reason),
    ...(detail.retryAfterSeconds !== undefined && { retry_after_ms: Math.ceil(detail.retryAfterSeconds * 1000) }),
  }
}
