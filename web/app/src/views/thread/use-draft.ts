import { useCallback, useEffect, useRef, useState } from 'react'
import { sendMessage, setTyping } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { keepDraft, readDraft } from './draft.ts'
import { sizeOf } from './size.ts'

/** The text that is being written in a conversation. */
export function useDraft(key: string) {
  const owner = useApp(({ session }) => session?.user_id ?? 0)
  const [text, setText] = useState(() => readDraft(owner, key))
  const tellTyping = useTyping(key)
  const write = (next: string) => {
    setText(next)
    keepDraft(owner, key, next)
    tellTyping(next.trim() !== '')
  }
  const content = text.trim()
  const size = sizeOf(content)
  const canSend = content !== '' && !size.isTooLong
  const send = () => {
    if (!canSend) return
    sendMessage(key, content)
    write('')
  }
  return { text, write, send, canSend, size }
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
