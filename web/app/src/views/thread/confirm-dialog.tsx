import type { RefObject } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useFailure } from './failure.ts'
import css from './head.module.css'
import { useThreadText } from './texts.ts'
import { useSubmit } from './use-submit.ts'

interface ConfirmDialogProps {
  isOpen: boolean
  title: string
  /** What it means. */
  description: string
  /** What the button does. */
  action: string
  onConfirm: () => Promise<void>
  onClose: () => void
  /** What takes the focus then. */
  returnTo: RefObject<HTMLElement | null>
}

/** Asks once before something ends. */
export function ConfirmDialog({
  isOpen,
  title,
  description,
  action,
  onConfirm,
  onClose,
  returnTo,
}: ConfirmDialogProps) {
  const t = useThreadText()
  const failure = useFailure()
  const { isBusy, reason, submit, reset } = useSubmit(onConfirm, onClose)
  const close = () => {
    reset()
    onClose()
  }
  return (
    <Dialog title={title} description={description} isOpen={isOpen} onClose={close} returnTo={returnTo}>
      {reason && (
        <p className={css.error} role="alert">
          {failure(reason)}
        </p>
      )}
      <div className={css.dialogButtons}>
        <Button onClick={close}>{t('cancel')}</Button>
        <Button kind="danger" isBusy={isBusy} onClick={submit}>
          {action}
        </Button>
      </div>
    </Dialog>
  )
}
