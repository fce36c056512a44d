import { type KeyboardEvent, type RefObject, useEffect } from 'react'
import css from './composer.module.css'
import { useThreadText } from './texts.ts'

interface MessageFieldProps {
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  isTooLong: boolean
  onWrite: (text: string) => void
  onSend: () => void
}

/** Grows with its text as far as its style lets it, without being measured, and has the focus from the beginning where there is a keyboard. */
export function MessageField({ field, text, isTooLong, onWrite, onSend }: MessageFieldProps) {
  const t = useThreadText()
  useEffect(() => {
    const box = field.current
    if (!box || isTouch()) return
    box.focus({ preventScroll: true })
    box.setSelectionRange(box.value.length, box.value.length)
  }, [field])
  const onKeyDown = (event: KeyboardEvent) => {
    if (!sends(event)) return
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
        onChange={(event) => onWrite(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}

/** Its keyboard is on the screen. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches

/** Enter, but not the one that ends a word of an input method, and not on the keyboard of a phone, where it breaks the line. */
function sends({ key, shiftKey, ctrlKey, metaKey, keyCode, nativeEvent }: KeyboardEvent): boolean {
  const isComposing = nativeEvent.isComposing || keyCode === 229
  if (key !== 'Enter' || shiftKey || isComposing) return false
  return ctrlKey || metaKey || !isTouch()
}
