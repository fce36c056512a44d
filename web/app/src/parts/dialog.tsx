import * as Radix from '@radix-ui/react-dialog'
import { X } from 'lucide-react'
import { type ReactNode, type RefObject, useRef } from 'react'
import { defineTexts } from '../text/texts.ts'
import { IconButton } from './button.tsx'
import css from './dialog.module.css'

const { useText } = defineTexts({ close: 'Close' }, { close: '关闭' })

interface DialogProps {
  title: string
  /** One sentence below the title. */
  description?: string
  isOpen: boolean
  /** `large`: as much of the window as there is. */
  size?: 'usual' | 'large'
  onClose: () => void
  /** Takes the focus when it closes, where what had it before is gone by then, such as an entry of a menu. */
  returnTo?: RefObject<HTMLElement | null>
  children: ReactNode
}

/** Takes the focus, and gives it back. Escape and a click beside it close it. */
export function Dialog({ title, description, isOpen, size = 'usual', onClose, returnTo, children }: DialogProps) {
  const t = useText()
  const giveBack = useGiveBack(isOpen, returnTo)
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        {/* Not Radix's own, which writes a style sheet into the page against scrolling: nothing scrolls behind it here. */}
        <div className={css.shade} />
        <Radix.Content
          className={`${css.dialog} ${size === 'large' ? css.large : ''}`}
          onCloseAutoFocus={giveBack}
          {...(!description && { 'aria-describedby': undefined })}
        >
          <header>
            <Radix.Title>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t('close')}>
                <X size={20} />
              </IconButton>
            </Radix.Close>
          </header>
          {description && <Radix.Description>{description}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** Radix gives the focus to its own triggers alone: here it goes back to whatever had it before a field of the dialog took it. */
function useGiveBack(isOpen: boolean, returnTo?: RefObject<HTMLElement | null>) {
  const before = useRef<{ isOpen: boolean; element: Element | null }>({ isOpen: false, element: null })
  if (isOpen && !before.current.isOpen) before.current.element = document.activeElement
  before.current.isOpen = isOpen
  return (event: Event) => {
    const element = returnTo?.current ?? before.current.element
    if (!(element instanceof HTMLElement)) return
    event.preventDefault()
    element.focus()
  }
}
