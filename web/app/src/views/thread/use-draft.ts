import { useCallback, useEffect, useRef, useState } from 'react'
import { editMessage, sendMessage, setTyping } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { compose, composingOf, useComposing } from './composing.ts'
import { keepDraft, readDraft } from './draft.ts'
import { everybody, idsIn } from './mentions.ts'
import { namesOf } from './names.ts'
import { messageAt } from './said.ts'
import { sizeOf } from './size.ts'

/** The text that is being written in a conversation: of the next message, or another one of a message that was said. */
export function useDraft(key: string) {
  const owner = useApp(({ session }) => session?.user_id ?? 0)
  const [draft, setDraft] = useState(() => readDraft(owner, key))
  const composing = useComposing(key)
  const tellTyping = useTyping(key)
  const edited = composing?.kind === 'edit' ? composing : undefined
  const text = edited?.text ?? draft
  const keep = (next: string) => {
    setDraft(next)
    keepDraft(owner, key, next)
    tellTyping(next.trim() !== '')
  }
  const write = (next: string) => (edited ? compose(key, { ...edited, text: next }) : keep(next))
  const content = text.trim()
  const size = sizeOf(content)
  const canSend = content !== '' && !size.isTooLong
  const send = () => {
    if (!canSend) return
    compose(key)
    if (edited) return void edit(owner, key, edited.seq, content)
    const mentions = mentionsOf(key, content)
    sendMessage(key, content, 1, {
      ...(composing && { reply_to: composing.seq }),
      ...(mentions.length > 0 && { mentions }),
    })
    keep('')
  }
  return { text, write, send, canSend, size, composing }
}

/** What was refused comes back to be sent in another way, unless something else is being written by then. */
async function edit(owner: number, key: string, seq: number, content: string): Promise<void> {
  if (messageAt(useApp.getState().threads[key]?.messages ?? [], seq)?.content === content) return
  const isKept = await editMessage(key, seq, content)
  const isBusy = composingOf(key) !== undefined || readDraft(owner, key) !== ''
  if (!isKept && !isBusy) compose(key, { kind: 'edit', seq, text: content })
}

/** Everybody is mentioned by those who run the group alone. Whoever mentions somebody has read who is there. */
function mentionsOf(key: string, content: string): number[] {
  const { members, conversations, session } = useApp.getState()
  const role = conversations[key]?.group?.role ?? 3
  const people = [...namesOf(members[key] ?? []), ...(role <= 2 ? everybody : [])]
  return idsIn(content, people).filter((id) => id !== session?.user_id)
}

/** Tells that somebody types, and that they have stopped when the conversation is left. */
function useTyping(key: string) {
  const isTyping = useRef(false)
  const tell = useCallback(
    (typing: boolean) => {
      if (typing || isTyping.current) setTyping(key, typing)
      isTyping.current = typing
    },
    [key],
  )
  useEffect(() => () => tell(false), [tell])
  return tell
}
