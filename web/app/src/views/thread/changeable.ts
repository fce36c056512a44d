/** What a person may still change: the service has the last word. */
import type { ShownMessage } from '../../model/state.ts'

const dayMs = 86_400_000

/** One's own, which is stored, and was sent within a day. */
export const isChangeable = ({ from_id, seq, at, isRecalled }: ShownMessage, ownId: number | undefined): boolean =>
  from_id === ownId && seq !== undefined && !isRecalled && Date.now() - at < dayMs

export const isEditable = (message: ShownMessage, ownId: number | undefined): boolean =>
  message.media === 1 && isChangeable(message, ownId)
