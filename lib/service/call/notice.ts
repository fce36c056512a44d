/**
 * The message that tells of a call at its end. It is from the caller, stored like any other, and once a call, since its ids follow
 * from that of the call.
 */
import { createHash } from 'node:crypto'
import { ChatType } from '../../core/address.ts'
import type { Language } from '../../core/refusal.ts'
import type { MessageRecord } from '../../wire/record.ts'
import type { CallState, Ending } from './state.ts'

const texts = {
  ended: { zh: '通话时长 {time}', en: 'Call, {time}' },
  missed: { zh: '未接来电', en: 'Missed call' },
  declined: { zh: '通话被拒绝', en: 'Declined call' },
  busy: { zh: '未接来电（忙线）', en: 'Missed call (busy)' },
} as const satisfies Record<Ending, Record<Language, string>>

// As FrameType is, a literal: importing it would bring the schemas of all frames.
const prefix = 'call:'

/** `4:05`, or `1:00:00` from an hour on. */
function timeText(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const padded = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`
}

/**
 * The record of a call that is over. Its `client_msg_id` says what the text says, for programs: `call:<how it ended>:<seconds of talk>:<call_id>`.
 * It came from no connection, so all of both users get it.
 */
export function noticeOf({ id, caller, callee, language, ending = 'ended', seconds = 0 }: CallState, now: number) {
  const name = createHash('sha256').update(`${caller} ${callee} ${id}`).digest('base64url')
  return {
    kind: 'message',
    record_id: `${prefix}${name}`,
    from_id: caller,
    target_id: callee,
    chat_type: ChatType.direct,
    requested_at: now,
    origin: { connection_id: '', batch: false, language },
    content: texts[ending][language].replace('{time}', timeText(seconds)),
    media: 1,
    client_msg_id: `${prefix}${ending}:${seconds}:${id}`,
  } satisfies MessageRecord
}
