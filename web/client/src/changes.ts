/** What changes make of messages. */
import type { Message } from './frame.ts'
import type { Reaction } from './wire.ts'

/** The message as a change has left it, which `event` tells of; as it is if that is about another one, or older than what is known. */
export function changed(message: Message, event: Message): Message {
  const { change, seq: changed_seq, from_id, content } = event
  const isOf = event.target_id === message.target_id && event.chat_type === message.chat_type
  if (!isOf || change?.seq !== message.seq || (message.state?.changed_seq ?? 0) > changed_seq) return message
  if (change.message) {
    const { content, media, ...state } = change.message
    return (message.state?.changed_seq ?? 0) > state.changed_seq ? message : { ...message, content, media, state }
  }
  // The user's own, which the service does not tell back.
  const state = { edited: false, recalled: false, reactions: [], ...message.state, changed_seq }
  if (change.action === 'edit') return { ...message, content, state: { ...state, edited: true } }
  if (change.action === 'recall')
    return { ...message, content: '', media: 1, state: { ...state, recalled: true, reactions: [] } }
  return { ...message, state: { ...state, reactions: reacted(state.reactions, from_id, content) } }
}

function reacted(reactions: readonly Reaction[], userId: number, emoji: string): Reaction[] {
  const others = reactions
    .map((one) => ({ ...one, user_ids: one.user_ids.filter((id) => id !== userId) }))
    .filter((one) => one.user_ids.length > 0 || one.emoji === emoji)
  if (!emoji) return others
  if (!others.some((one) => one.emoji === emoji)) others.push({ emoji, user_ids: [] })
  return others.map((one) => (one.emoji === emoji ? { ...one, user_ids: [...one.user_ids, userId] } : one))
}
