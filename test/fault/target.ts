/**
 * Targets: the user or group that a client names. User 7 is `2:7` and group 7 is `3:7`, by the numbers of `chat_type`.
 *
 * Nothing is imported from `lib`, so that the checker cannot share a mistake with the code that it judges.
 */
import { numberOf } from './frame.ts'

const direct = 2
const group = 3

export type Target = `${typeof direct | typeof group}:${number}`

export const userTarget = (id: number): Target => `${direct}:${id}`
export const groupTarget = (id: number): Target => `${group}:${id}`

export const isGroup = (target: Target): boolean => target.startsWith(`${group}:`)
export const idOf = (target: Target): number => Number(target.slice(2))

/** The target of the other kind that has the same id. */
export const twinOf = (target: Target): Target => (isGroup(target) ? userTarget : groupTarget)(idOf(target))

/** The target as frames and requests name it. */
export const fieldsOf = (target: Target): { target_id: number; chat_type?: typeof group } => ({
  target_id: idOf(target),
  ...(isGroup(target) && { chat_type: group }),
})

/** The target that a frame or a reply names. */
export function targetOf(value: unknown): Target {
  const id = numberOf(value, 'target_id')
  return numberOf(value, 'chat_type') === group ? groupTarget(id) : userTarget(id)
}

/** The target of a message that is sent as a frame. */
export const targetOfMessage = (frame: unknown): Target =>
  (numberOf(frame, 'type') === group ? groupTarget : userTarget)(numberOf(frame, 'target_id'))

/** A message to the target, as a frame. */
export const messageTo = (target: Target, content: string, clientMessageId: string | undefined) => ({
  type: isGroup(target) ? group : direct,
  target_id: idOf(target),
  content,
  media: 1,
  ...(clientMessageId !== undefined && { client_msg_id: clientMessageId }),
})

/** Names the conversation between `owner` and the target: the same name for all of its members. */
export function conversationOf(owner: number, target: Target): string {
  const id = idOf(target)
  return isGroup(target) ? `group ${id}` : `${Math.min(owner, id)} and ${Math.max(owner, id)}`
}
