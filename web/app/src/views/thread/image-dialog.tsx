import { type FormEvent, type RefObject, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import css from './composer.module.css'
import { webAddress } from './links.ts'
import { useThreadText } from './texts.ts'

interface ImageDialogProps {
  onSend: (address: string) => void
  onClose: () => void
  /** What takes the focus then. */
  returnTo: RefObject<HTMLElement | null>
}

/** Sends an image that lies somewhere on the web. */
export function ImageDialog({ onSend, onClose, returnTo }: ImageDialogProps) {
  const t = useThreadText()
  const [address, setAddress] = useState('')
  const [isWrong, setWrong] = useState(false)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    const url = webAddress(address.trim())
    if (!url) return setWrong(true)
    onSend(url.href)
    onClose()
  }
  return (
    <Dialog title={t('imageTitle')} description={t('imageMeans')} isOpen onClose={onClose} returnTo={returnTo}>
      <form onSubmit={onSubmit} noValidate>
        <Field
          label={t('address')}
          hint={t('addressHint')}
          error={isWrong ? t('addressWrong') : undefined}
          type="url"
          inputMode="url"
          autoComplete="off"
          autoFocus
          dir="ltr"
          value={address}
          onChange={(event) => {
            setAddress(event.target.value)
            setWrong(false)
          }}
        />
        <div className={css.dialogButtons}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="main" type="submit" disabled={address.trim() === ''}>
            {t('send')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
