import { type InputHTMLAttributes, useId } from 'react'
import css from './field.module.css'

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string
  hint?: string
  /** What is wrong with it: shown in place of the hint, and said by screen readers. */
  error?: string | undefined
}

export function Field({ label, hint, error, className = '', ...rest }: FieldProps) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={`${css.field} ${className}`}>
      <label htmlFor={id}>{label}</label>
      <input id={id} {...rest} aria-invalid={error ? true : undefined} aria-describedby={`${id}-note`} />
      <p id={`${id}-note`} className={error ? css.error : css.hint} role={error ? 'alert' : undefined}>
        {note ?? '\u00a0'}
      </p>
    </div>
  )
}
