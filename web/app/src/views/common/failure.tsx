/** What went wrong, where it happened, with a way to try again. */
import { ChatError } from 'gochat-client'
import { Button } from '../../parts/button.tsx'
import { reasonIn, useReason } from '../../text/reason.ts'
import { defineTexts, languageTag } from '../../text/texts.ts'
import { waitText } from '../../text/time.ts'
import css from './common.module.css'

const { useText } = defineTexts(
  { again: 'Try again', wait: 'Too many attempts. Try again {{when}}.' },
  { again: '重试', wait: '尝试次数过多，请在{{when}}重试。' },
)

/** Returns what says a failure, with the time to wait where the service named one. */
export function useFailure(): (failure: unknown) => string {
  const t = useText()
  const reasonText = useReason()
  return (failure) => {
    const reason = reasonIn(failure)
    const waitMs = failure instanceof ChatError ? failure.retryAfterMs : undefined
    return reason === 'TOO_MANY_REQUESTS' && waitMs !== undefined
      ? t('wait', { when: waitText(waitMs, languageTag()) })
      : reasonText(reason)
  }
}

interface FailureProps {
  failure: unknown
  onRetry?: () => void
  className?: string | undefined
}

export function Failure({ failure, onRetry, className = '' }: FailureProps) {
  const t = useText()
  const failureText = useFailure()
  return (
    <div className={`${css.failure} ${className}`} role="alert">
      <p>{failureText(failure)}</p>
      {onRetry && <Button onClick={onRetry}>{t('again')}</Button>}
    </div>
  )
}
