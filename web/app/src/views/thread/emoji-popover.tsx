import { type ComponentType, type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import css from './composer.module.css'
import type { EmojiPickerProps } from './emoji-picker.tsx'
import { useThreadText } from './texts.ts'

interface EmojiPopoverProps {
  onChoose: (emoji: string) => void
  /** Somebody pressed beside it. */
  onClose: () => void
  onEscape: () => void
}

/** Stays open while emoji are chosen. */
export function EmojiPopover({ onChoose, onClose, onEscape }: EmojiPopoverProps) {
  const t = useThreadText()
  const popover = useRef<HTMLDivElement>(null)
  const { Picker, hasFailed, load, fail } = usePicker()
  usePressBeside(popover, onClose)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    onEscape()
  }
  return (
    <div ref={popover} className={css.popover} role="dialog" aria-label={t('emoji')} onKeyDown={onKeyDown}>
      {hasFailed && (
        <div className={css.waiting} role="alert">
          {t('emojiFailed')}
          <Button onClick={load}>{t('tryAgain')}</Button>
        </div>
      )}
      {!hasFailed &&
        (Picker ? <Picker onChoose={onChoose} onFailure={fail} /> : <p className={css.waiting}>{t('loadingEmoji')}</p>)}
    </div>
  )
}

/** The code of the picker is loaded when it is first opened. */
function usePicker() {
  const [Picker, setPicker] = useState<ComponentType<EmojiPickerProps>>()
  const [hasFailed, setFailed] = useState(false)
  const fail = useCallback(() => setFailed(true), [])
  const load = useCallback(() => {
    setFailed(false)
    import('./emoji-picker.tsx').then((module) => setPicker(() => module.EmojiPicker), fail)
  }, [fail])
  useEffect(load, [load])
  return { Picker, hasFailed, load, fail }
}

function usePressBeside(popover: React.RefObject<HTMLElement | null>, onPress: () => void) {
  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent) => {
      if (!(target instanceof Element) || popover.current?.contains(target) || target.closest('[data-opens-emoji]'))
        return
      onPress()
    }
    document.addEventListener('pointerdown', onPointerDown)
    return () => document.removeEventListener('pointerdown', onPointerDown)
  }, [popover, onPress])
}
