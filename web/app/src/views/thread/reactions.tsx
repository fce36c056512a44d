import type { Reaction } from 'gochat-client'
import { reactTo } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { useChangeText } from './change-texts.ts'
import css from './changes.module.css'
import { useNames } from './names.ts'

interface ReactionsProps {
  conversationKey: string
  seq: number
  reactions: readonly Reaction[]
}

const mostNames = 20

/** What people feel about a message, below it. Each has one emoji: to press it takes that, or takes it back. */
export function Reactions({ conversationKey, seq, reactions }: ReactionsProps) {
  const t = useChangeText()
  const nameOf = useNames(conversationKey)
  const ownId = useApp(({ session }) => session?.user_id ?? 0)
  const isOpen = useApp(({ conversations }) => conversations[conversationKey]?.isOpen ?? false)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form.
    <div className={css.reactions} role="group" aria-label={t('reactions')}>
      {reactions.map(({ emoji, user_ids }) => {
        const isMine = user_ids.includes(ownId)
        const names = user_ids.slice(0, mostNames).map(nameOf).join(', ') + (user_ids.length > mostNames ? ' …' : '')
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={isMine}
            aria-label={t('reaction', { emoji, count: user_ids.length, names })}
            title={names}
            disabled={!isOpen}
            onClick={() => void reactTo(conversationKey, seq, isMine ? undefined : emoji)}
          >
            <span className={css.pill} data-mine={isMine || undefined}>
              {emoji} {user_ids.length}
            </span>
          </button>
        )
      })}
    </div>
  )
}
