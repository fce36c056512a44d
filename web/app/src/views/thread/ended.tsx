import { useState } from 'react'
import { requestFriend } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { useFailure } from './failure.ts'
import { useThreadText } from './texts.ts'
import css from './thread.module.css'
import { useSubmit } from './use-submit.ts'

/** In place of the field, once the friendship has ended. */
export function Ended({ conversationKey }: { conversationKey: string }) {
  const t = useThreadText()
  const failure = useFailure()
  const [isAsked, setAsked] = useState(false)
  const id = useApp(({ conversations }) => conversations[conversationKey]?.target_id ?? 0)
  const { isBusy, reason, submit } = useSubmit(
    () => requestFriend(id, ''),
    () => setAsked(true),
  )
  return (
    <div className={css.ended}>
      <p>{t('ended')}</p>
      {isAsked ? (
        <p role="status">{t('asked')}</p>
      ) : (
        <Button isBusy={isBusy} onClick={submit}>
          {t('askAgain')}
        </Button>
      )}
      {reason && <p role="alert">{failure(reason)}</p>}
    </div>
  )
}
