import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import css from './button.module.css'
import { Spinner } from './spinner.tsx'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>
  /** `main`: the one thing to do here. `danger`: cannot be undone. */
  kind?: 'main' | 'plain' | 'danger'
  /** What it began is under way: it cannot be pressed again. */
  isBusy?: boolean
}

export function Button({ kind = 'plain', isBusy = false, className = '', disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${css.button} ${css[kind]} ${className}`}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
    >
      <span className={css.words}>{children}</span>
      {isBusy && <Spinner className={css.busy} />}
    </button>
  )
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>
  /** Said by screen readers, and shown as a tooltip. */
  label: string
  children: ReactNode
}

/** An icon of lucide-react, 20 px. */
export function IconButton({ label, className = '', ...rest }: IconButtonProps) {
  return <button type="button" {...rest} aria-label={label} title={label} className={`${css.icon} ${className}`} />
}
