import { loadOlder } from '../../model/actions.ts'
import type { Thread } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { useFailure } from './failure.ts'
import css from './messages.module.css'
import { useThreadText } from './texts.ts'

/** In pixels: as high while it loads, after a failure, and at the end of what there is. */
export const startHeight = 64

/** Above the oldest message. */
export function Beginning({ thread }: { thread: Thread }) {
  return (
    <div className={css.start} style={{ height: startHeight }}>
      <Words thread={thread} />
    </div>
  )
}

function Words({ thread }: { thread: Thread }) {
  const t = useThreadText()
  const failure = useFailure()
  if (thread.isLoading) return <span>{t('loading')}</span>
  if (!thread.loadError) return <span>{thread.hasOlder ? '' : t('begins')}</span>
  return (
    <>
      <span role="alert" title={failure(thread.loadError)}>
        {t('loadFailed')}
      </span>
      <Button onClick={() => void loadOlder(thread.key)}>{t('tryAgain')}</Button>
    </>
  )
}
