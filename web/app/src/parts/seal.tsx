import css from './seal.module.css'

/** The mark of the product: 信, a letter and one's word, carved into a seal. Says nothing: the name stands beside it. */
export function Seal({ size, className = '' }: { size: number; className?: string | undefined }) {
  return (
    <svg
      className={`${css.seal} ${className}`}
      width={size}
      height={size}
      viewBox="0 0 64 64"
      strokeWidth="4.2"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="64" height="64" rx="15" />
      {size >= 48 && <rect className={css.frame} x="4.5" y="4.5" width="55" height="55" rx="11" strokeWidth="1.4" />}
      <path d="M25 12 14 30M20.5 22v31M40 11l3.5 6M27 22h28M32 30h18M32 37.5h18M33.5 45h15v7.5h-15z" />
    </svg>
  )
}
