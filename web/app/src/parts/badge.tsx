import css from './badge.module.css'

interface BadgeProps {
  count: number
  /** Said in place of the figure: "3 unread". */
  label: string
  className?: string | undefined
}

/** How many want an answer; nothing for none. */
export function Badge({ count, label, className = '' }: BadgeProps) {
  if (count < 1) return null
  return (
    <span className={`${css.badge} ${className}`}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="visually-hidden">{label}</span>
    </span>
  )
}
