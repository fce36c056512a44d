import { Check, CheckCheck, CircleAlert, Clock } from 'lucide-react'
import css from './message.module.css'
import type { Progress } from './send-state.ts'
import { useThreadText } from './texts.ts'

const icons = { sending: Clock, stored: Check, read: CheckCheck, failed: CircleAlert }

/** An icon of one size for each state, so that nothing moves when it changes. */
export function ProgressMark({ progress }: { progress: Progress }) {
  const t = useThreadText()
  const Icon = icons[progress]
  return (
    <>
      <Icon className={css.mark} size={16} aria-hidden="true" />
      <span className={css.hidden}>{t(progress)}</span>
    </>
  )
}
