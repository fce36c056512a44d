/** What a person does in a conversation. */
import { ChatError, type Entry } from 'gochat-client'
import { currentChat, reasonOf } from './link.ts'
import { marksOf } from './list.ts'
import { drop, newEntry, outgoingOf, queue, settle } from './outgoing.ts'
import { useApp } from './state.ts'
import { lookAtEnd, targetOf } from './threads.ts'
import { setTyping } from './typing.ts'

export { closeThread, loadNewer, loadOlder, lookAt, lookAtEnd, markRead, openThread } from './threads.ts'
export { setTyping } from './typing.ts'

/** Refused before the outbox had it: nobody sends it by itself. Other failures are told by an answer, or leave it waiting. */
const unkept = new Set(['BAD_FRAME', 'TOO_LARGE', 'OUTBOX'])

export function sendMessage(key: string, content: string, media: 1 | 2 | 3 = 1): void {
  const { session, threads } = useApp.getState()
  if (!session) return
  setTyping(key, false)
  if (threads[key]?.hasNewer) lookAtEnd(key)
  const note = { at: Date.now(), afterSeq: marksOf(key).lastSeq }
  send(newEntry(targetOf(key), { content, media }, note))
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
  const { content, client_msg_id, note } = entry
  const media = entry.media === 2 || entry.media === 3 ? entry.media : 1
  currentChat()
    .send(entry, content, { media, client_msg_id, note })
    .catch((failure: unknown) => {
      if (unkept.has(reasonOf(failure))) settle(entry, failure instanceof ChatError ? failure : new ChatError('OUTBOX'))
    })
}
