import { lookAt } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { useChangeText } from './change-texts.ts'
import css from './changes.module.css'
import { useExcerpt, useSaid } from './said.ts'
import { useThreadText } from './texts.ts'

interface QuoteProps {
  conversationKey: string
  seq: number
}

/** The message that one answers, above it: leads there. Its height is the same while it is read. */
export function Quote({ conversationKey, seq }: QuoteProps) {
  const t = useChangeText()
  const excerpt = useExcerpt()
  const author = useAuthor(conversationKey)
  const message = useSaid(conversationKey, seq)
  if (message === null)
    return (
      <span className={css.quote} dir="auto">
        {t('unavailable')}
      </span>
    )
  return (
    <button
      type="button"
      className={css.quote}
      dir="auto"
      title={t('toQuoted')}
      onClick={() => void lookAt(conversationKey, seq)}
    >
      <bdi className={css.quoted}>{message ? author(message) : '…'}</bdi>
      <span>{message ? excerpt(message) : '…'}</span>
    </button>
  )
}

/** Says who has written a message. */
export function useAuthor(key: string): (message: { from_id: number; author?: string }) => string {
  const t = useThreadText()
  const ownId = useApp(({ session }) => session?.user_id)
  const title = useApp(({ conversations }) => conversations[key]?.title ?? '')
  return ({ from_id, author }) => (from_id === ownId ? t('you') : (author ?? title))
}
