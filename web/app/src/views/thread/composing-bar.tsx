import { X } from 'lucide-react'
import { IconButton } from '../../parts/button.tsx'
import { useChangeText } from './change-texts.ts'
import css from './changes.module.css'
import { type Composing, compose } from './composing.ts'
import { useAuthor } from './quote.tsx'
import { useExcerpt, useSaid } from './said.ts'

interface ComposingBarProps {
  conversationKey: string
  composing: Composing
}

/** Above the field: which message is answered or edited. */
export function ComposingBar({ conversationKey, composing: { kind, seq } }: ComposingBarProps) {
  const t = useChangeText()
  const author = useAuthor(conversationKey)
  const excerpt = useExcerpt()
  const message = useSaid(conversationKey, seq)
  const name = message ? author(message) : ''
  return (
    <div className={css.bar}>
      <p role="status">
        <strong>{kind === 'edit' ? t('editing') : t('replying', { name })}</strong>
        <span className={css.about} dir="auto">
          {message ? excerpt(message) : t('unavailable')}
        </span>
      </p>
      <IconButton label={t('stop')} onClick={() => compose(conversationKey)}>
        <X size={18} aria-hidden="true" />
      </IconButton>
    </div>
  )
}
