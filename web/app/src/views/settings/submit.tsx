/** The end of a form: its button, and below it what became of sending it. */
import { Check } from 'lucide-react'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../common/failure.tsx'
import css from './settings.module.css'

interface SubmitProps {
  label: string
  /** Said once it is done. */
  done: string
  form: { isBusy: boolean; isDone: boolean; failure: unknown }
  disabled?: boolean
}

export function Submit({ label, done, form: { isBusy, isDone, failure }, disabled = false }: SubmitProps) {
  return (
    <>
      <div className={css.submit}>
        <Button type="submit" kind="main" isBusy={isBusy} disabled={disabled}>
          {label}
        </Button>
        <span className={css.done} role="status">
          {isDone && (
            <>
              <Check size={18} aria-hidden="true" />
              {done}
            </>
          )}
        </span>
      </div>
      {failure !== undefined && <Failure failure={failure} />}
    </>
  )
}
