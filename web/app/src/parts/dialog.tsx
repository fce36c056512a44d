import * as Radix from '@radix-ui/react-dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { defineTexts } from '../text/texts.ts'
import { IconButton } from './button.tsx'
import css from './dialog.module.css'

const { useText } = defineTexts({ close: 'Close' }, { close: '关闭' })

interface DialogProps {
  title: string
  /** One sentence below the title. */
  description?: string
  isOpen: boolean
  onClose: () => void
  children: ReactNode
}

/** Takes the focus, and gives it back. Escape and a click beside it close it. */
export function Dialog({ title, description, isOpen, onClose, children }: DialogProps) {
  const t = useText()
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        {/* Not Radix's own, which writes a style sheet into the page against scrolling: nothing scrolls behind it here. */}
        <div className={css.shade} />
        <Radix.Content className={css.dialog} {...(!description && { 'aria-describedby': undefined })}>
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
