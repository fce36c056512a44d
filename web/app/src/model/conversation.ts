/** What a person does in a conversation. */
import { type Chat, ChatError, type Entry, type Message } from 'gochat-client'
import { currentChat, isCurrent, reasonOf, showNotice } from './link.ts'
import { marksOf } from './list.ts'
import { drop, newEntry, outgoingOf, queue, settle } from './outgoing.ts'
import { useApp } from './state.ts'
import { lookAtEnd, targetOf } from './threads.ts'
import { setTyping } from './typing.ts'

export { loadQuoted } from './quoted.ts'
export { closeThread, loadNewer, loadOlder, lookAt, lookAtEnd, markRead, openThread } from './threads.ts'
export { setTyping } from './typing.ts'

/** Refused before the outbox had it: nobody sends it by itself. Other failures are told by an answer, or leave it waiting. */
const unkept = new Set(['BAD_FRAME', 'TOO_LARGE', 'OUTBOX'])

/** `reply_to` is the `seq` of the message that it answers; of `mentions`, 0 is everybody. */
export function sendMessage(
  key: string,
  content: string,
  media: 1 | 2 | 3 = 1,
  more: Pick<Entry, 'reply_to' | 'mentions'> = {},
): void {
  const { session, threads } = useApp.getState()
  if (!session) return
  setTyping(key, false)
  if (threads[key]?.hasNewer) lookAtEnd(key)
  const note = { at: Date.now(), afterSeq: marksOf(key).lastSeq }
  send(newEntry(targetOf(key), { content, media, ...more }, note))
}

/** Sends a failed message again: as the last one, under the same key. */
export function retryMessage(key: string, messageKey: string): void {
  const failed = outgoingOf(key).find(({ note, reason }) => note.key === messageKey && reason !== undefined)
  if (!failed) return
  const note = { key: messageKey, at: Date.now(), afterSeq: marksOf(key).lastSeq }
  send(newEntry(targetOf(key), failed.entry, note))
}

export function discardMessage(key: string, messageKey: string): void {
  drop(key, ({ note, reason }) => note.key === messageKey && reason !== undefined)
}

function send(entry: Entry): void {
  queue(entry)
  const { content, client_msg_id, note, reply_to, mentions } = entry
  const media = entry.media === 2 || entry.media === 3 ? entry.media : 1
  currentChat()
    .send(entry, content, { media, client_msg_id, note, ...(reply_to && { reply_to }), ...(mentions && { mentions }) })
    .catch((failure: unknown) => {
      if (unkept.has(reasonOf(failure))) settle(entry, failure instanceof ChatError ? failure : new ChatError('OUTBOX'))
    })
}

/** Shown at once. @returns false after a refusal, which takes it back and is told by a notice. */
export const editMessage = (key: string, seq: number, content: string): Promise<boolean> =>
  change((chat) => chat.edit(targetOf(key), seq, content))

export const recallMessage = (key: string, seq: number): Promise<boolean> =>
  change((chat) => chat.recall(targetOf(key), seq))

/** With one emoji; without one, the person's is taken back. */
export const reactTo = (key: string, seq: number, emoji?: string): Promise<boolean> =>
  change((chat) => chat.react(targetOf(key), seq, emoji))

async function change(send: (chat: Chat) => Promise<Message>): Promise<boolean> {
  const chat = currentChat()
  try {
    await send(chat)
  } catch (failure) {
    // What is retryable is in the outbox, and goes out with the next connection.
    if (failure instanceof ChatError && failure.isRetryable) return true
    if (isCurrent(chat)) showNotice(failure)
    return false
  }
  return true
}
