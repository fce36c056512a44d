import { type FormEvent, type RefObject, useState } from 'react'
import { nameFriend } from '../../model/actions.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { useFailure } from './failure.ts'
import css from './head.module.css'
import { useThreadText } from './texts.ts'
import { useSubmit } from './use-submit.ts'

/** Of the wire contract. */
const longest = 64

interface RenameDialogProps {
  id: number
  title: string
  desc: string
  onClose: () => void
  /** What takes the focus then. */
  returnTo: RefObject<HTMLElement | null>
}

/** The name that the owner alone sees. */
export function RenameDialog({ id, title, desc, onClose, returnTo }: RenameDialogProps) {
  const t = useThreadText()
  const failure = useFailure()
  const [name, setName] = useState(desc)
  const { isBusy, reason, submit } = useSubmit(() => nameFriend(id, name.trim()), onClose)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    void submit()
  }
  return (
    <Dialog title={t('renameTitle', { name: title })} isOpen onClose={onClose} returnTo={returnTo}>
      <form onSubmit={onSubmit}>
        <Field
          label={t('name')}
          hint={t('renameHint')}
          error={reason && failure(reason)}
          value={name}
          maxLength={longest}
          autoComplete="off"
          autoFocus
          dir="auto"
          onChange={(event) => setName(event.target.value)}
        />
        <div className={css.dialogButtons}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="main" type="submit" isBusy={isBusy}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
