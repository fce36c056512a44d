import { type FormEvent, type RefObject, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { useFailure } from './failure.ts'
import css from './head.module.css'
import { useThreadText } from './texts.ts'
import { useSubmit } from './use-submit.ts'

interface NameDialogProps {
  title: string
  label: string
  hint: string
  initial: string
  /** Characters, of the wire contract. */
  longest: number
  onSave: (name: string) => Promise<void>
  onClose: () => void
  /** What takes the focus then. */
  returnTo: RefObject<HTMLElement | null>
}

/** Asks for a name. */
export function NameDialog({ title, label, hint, initial, longest, onSave, onClose, returnTo }: NameDialogProps) {
  const t = useThreadText()
  const failure = useFailure()
  const [name, setName] = useState(initial)
  const { isBusy, reason, submit } = useSubmit(() => onSave(name.trim()), onClose)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    void submit()
  }
  return (
    <Dialog title={title} isOpen onClose={onClose} returnTo={returnTo}>
      <form onSubmit={onSubmit}>
        <Field
          label={label}
          hint={hint}
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
