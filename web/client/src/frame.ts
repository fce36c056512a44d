/** What travels: frames of the socket, rows of the history, and the one shape that the application sees. */

/** 2 is a conversation with a user, 3 one in a group. */
export type ChatType = 2 | 3

/** Names a conversation. */
export interface Target {
  target_id: number
  /** 2 when absent. */
  chat_type?: ChatType | undefined
}

/** A message, whichever way it came. */
export interface Message extends Required<Target> {
  id: number
  /** Its place in the conversation: 1, 2, 3 … */
  seq: number
  from_id: number
  content: string
  /** 1 text, 2 image, 3 audio or video. */
  media: number
  /** Milliseconds since the epoch, by the service's clock. */
  created_at: number
  client_msg_id?: string
  /** What the group calls the sender, when a socket brought the message. */
  nickname?: string
  avatar?: string
}

export type Frame = Record<string, unknown>

export const keyOf = ({ target_id, chat_type = 2 }: Target): string => `${chat_type}:${target_id}`

/** How a frame or a request names a conversation. */
export const named = ({ target_id, chat_type }: Target): Target => ({
  target_id,
  ...(chat_type === 3 && { chat_type }),
})

/** What `given` names, with its kind. */
export const whole = ({ target_id, chat_type }: Target): Required<Target> => ({
  target_id,
  chat_type: chat_type === 3 ? 3 : 2,
})

const isFrame = (value: unknown): value is Frame => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The frames of one message of a socket; none of what is no JSON. */
export function framesOf(data: unknown): Frame[] {
  try {
    const value: unknown = JSON.parse(String(data))
    return (Array.isArray(value) ? value : [value]).filter(isFrame)
  } catch {
    return []
  }
}

/** A pushed frame, or a row of a page, as `owner` sees it. Undefined if it has no place in a conversation. */
export function messageOf(frame: Frame, owner: number): Message | undefined {
  const { id, seq, from_user_id, content, media, created_at, client_msg_id, nickname, avatar } = frame
  const chat_type = frame.type === 3 ? 3 : 2
  const to = frame.target_id ?? frame.to_user_id
  const target_id = chat_type === 3 || from_user_id === owner ? to : from_user_id
  if (!Number.isSafeInteger(seq) || Number(seq) < 1 || typeof content !== 'string') return undefined
  return {
    target_id: Number(target_id),
    chat_type,
    id: Number(id),
    seq: Number(seq),
    from_id: Number(from_user_id),
    content,
    media: Number(media),
    created_at: Number(created_at),
    ...(typeof client_msg_id === 'string' && { client_msg_id }),
    ...(typeof nickname === 'string' && { nickname, avatar: String(avatar) }),
  }
}
