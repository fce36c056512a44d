import css from './spinner.module.css'

/** Says nothing by itself: what it stands in is `aria-busy`. Who asks for less motion sees an open ring. */
export function Spinner({ className = '' }: { className?: string | undefined }) {
  return <span className={`${css.spinner} ${className}`} aria-hidden="true" />
}
