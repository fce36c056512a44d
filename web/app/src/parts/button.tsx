import type { ButtonHTMLAttributes, ReactNode } from 'react'
import css from './button.module.css'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `main`: the one thing to do here. `danger`: cannot be undone. */
  kind?: 'main' | 'plain' | 'danger'
  /** What it began is under way: it cannot be pressed again. */
  isBusy?: boolean
}

export function Button({ kind = 'plain', isBusy = false, className = '', disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`${css.button} ${css[kind]} ${className}`}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
    />
  )
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Said by screen readers, and shown as a tooltip. */
  label: string
  children: ReactNode
}

/** An icon of lucide-react, 20 px. */
export function IconButton({ label, className = '', ...rest }: IconButtonProps) {
  return <button type="button" {...rest} aria-label={label} title={label} className={`${css.icon} ${className}`} />
}
