/** Asks before something is done that cannot be undone. */
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { defineTexts } from '../../text/texts.ts'
import css from './common.module.css'
import { Failure } from './failure.tsx'

const { useText } = defineTexts({ cancel: 'Cancel' }, { cancel: '取消' })

interface ConfirmProps {
  title: string
  /** What will be so afterwards. */
  description: string
  /** What the button says. */
  action: string
  onConfirm: () => Promise<void>
  onClose: () => void
}

/** Stays open, and says why, when `onConfirm` rejects. */
export function Confirm({ title, description, action, onConfirm, onClose }: ConfirmProps) {
  const t = useText()
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const run = async () => {
    setBusy(true)
    setFailure(undefined)
    try {
      await onConfirm()
      onClose()
    } catch (error) {
      setFailure(error)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} description={description} isOpen onClose={onClose}>
      {failure !== undefined && <Failure failure={failure} />}
      <div className={css.actions}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button kind="danger" isBusy={isBusy} onClick={() => void run()}>
          {action}
        </Button>
      </div>
    </Dialog>
  )
}
