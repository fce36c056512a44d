import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from 'react'
import css from './field.module.css'

interface Labelled {
  label: string
  hint?: string | undefined
  /** What is wrong with it: shown in place of the hint, and said by screen readers. */
  error?: string | undefined
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement>, Labelled {
  ref?: Ref<HTMLInputElement>
  /** A button inside of the field, at its end. */
  trailing?: ReactNode
}

export function Field({ label, hint, error, className = '', trailing, ...rest }: FieldProps) {
  const id = useId()
  return (
    <div className={`${css.field} ${className}`}>
      <label htmlFor={id}>{label}</label>
      <div className={css.box}>
        <input id={id} {...rest} {...described(id, error)} />
        {trailing && <span className={css.trailing}>{trailing}</span>}
      </div>
      <Note id={id} hint={hint} error={error} />
    </div>
  )
}

const described = (id: string, error?: string) => ({
  'aria-describedby': `${id}-note`,
  'aria-invalid': error ? true : undefined,
})

/** Its line is kept free for an error, so that nothing below moves. */
function Note({ id, hint, error }: { id: string; hint?: string | undefined; error?: string | undefined }) {
  return (
    <p id={`${id}-note`} className={error ? css.error : css.hint} role={error ? 'alert' : undefined}>
      {error ?? hint}
    </p>
  )
}
