import { Ellipsis, Reply } from 'lucide-react'
import { useChangeText } from './change-texts.ts'
import css from './changes.module.css'

/** What is beside a message that the pointer or the focus is at. What holds the messages hears of it: see useMessageActions. */
export function MessageHandles({ isStop }: { isStop: boolean }) {
  const t = useChangeText()
  return (
    <div className={css.handles} dir="ltr">
      <button type="button" data-does="reply" tabIndex={-1} aria-label={t('reply')} title={t('reply')}>
        <Reply size={18} aria-hidden="true" />
      </button>
      <button
        type="button"
        data-does="menu"
        tabIndex={isStop ? 0 : -1}
        aria-haspopup="menu"
        aria-label={t('actions')}
        title={t('actions')}
      >
        <Ellipsis size={18} aria-hidden="true" />
      </button>
    </div>
  )
}
