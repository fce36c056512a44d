import { type KeyboardEvent, type RefObject, useEffect } from 'react'
import css from './composer.module.css'
import { optionId } from './mention-list.tsx'
import { useThreadText } from './texts.ts'
import type { Completion } from './use-mention.ts'

interface MessageFieldProps {
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  isTooLong: boolean
  onWrite: (text: string) => void
  onSend: () => void
  /** The text or the caret has changed. */
  onLook: () => void
  /** @returns whether the key is used up. */
  onKey: (event: KeyboardEvent) => boolean
  completion: Completion | undefined
}

/** Grows with its text as far as its style lets it, without being measured, and has the focus from the beginning where there is a keyboard. */
export function MessageField(props: MessageFieldProps) {
  const { field, text, isTooLong, onWrite, onSend, onLook, onKey, completion } = props
  const t = useThreadText()
  useEffect(() => {
    const box = field.current
    if (!box || isTouch()) return
    box.focus({ preventScroll: true })
    box.setSelectionRange(box.value.length, box.value.length)
  }, [field])
  const onKeyDown = (event: KeyboardEvent) => {
    if (onKey(event) || !sends(event)) return
    event.preventDefault()
    onSend()
  }
  return (
    <div className={css.grown} data-text={text}>
      <textarea
        ref={field}
        className={css.field}
        rows={1}
        dir="auto"
        aria-label={t('message')}
        aria-invalid={isTooLong || undefined}
        placeholder={t('write')}
        value={text}
        onChange={(event) => {
          onWrite(event.target.value)
          onLook()
        }}
        onSelect={onLook}
        onKeyDown={onKeyDown}
        {...(completion && {
          'aria-autocomplete': 'list',
          'aria-controls': completion.id,
          'aria-activedescendant': optionId(completion.id, completion.active),
        })}
      />
    </div>
  )
}

/** Its keyboard is on the screen. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches

/** The key is for an input method: also the one that ends a word. */
export const isComposingWord = ({ keyCode, nativeEvent }: KeyboardEvent): boolean =>
  nativeEvent.isComposing || keyCode === 229

/** Enter, but not the one that ends a word, and not on the keyboard of a phone, where it breaks the line. */
function sends(event: KeyboardEvent): boolean {
  const { key, shiftKey, ctrlKey, metaKey } = event
  if (key !== 'Enter' || shiftKey || isComposingWord(event)) return false
  return ctrlKey || metaKey || !isTouch()
}
