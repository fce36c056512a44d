/** How somebody stands to the one who looks at them. */
import { type Conversation, type FriendRequest, keyOf } from '../../model/state.ts'

/** `asks`: their request waits here; `asked`: one's own waits there. */
export type Standing = 'self' | 'friend' | 'blocked' | 'asks' | 'asked' | 'stranger'

interface Known {
  ownId: number | undefined
  conversations: Readonly<Record<string, Conversation>>
  requests: readonly FriendRequest[]
  isBlocked: (id: number) => boolean
  /** Whom a request was sent to since the page was opened: the service lists none. */
  asked: ReadonlySet<number>
}

export function standingOf(id: number, { ownId, conversations, requests, isBlocked, asked }: Known): Standing {
  if (id === ownId) return 'self'
  if (conversations[keyOf(id)]?.isOpen) return 'friend'
  if (isBlocked(id)) return 'blocked'
  if (requests.some(({ sender_id }) => sender_id === id)) return 'asks'
  return asked.has(id) ? 'asked' : 'stranger'
}

/** What a person is called; the username is beside it if it is another one. */
export const shownName = ({ nickname, username }: { nickname: string; username: string }): string =>
  nickname.trim() || username
