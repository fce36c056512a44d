import { useRef } from 'react'
import { useApp } from '../../model/state.ts'
import css from './message.module.css'
import { useExcerpt } from './said.ts'
import { useThreadText } from './texts.ts'

interface AnnouncerProps {
  conversationKey: string
}

/** Says to screen readers what comes while the conversation is open, and nothing that was there before. */
export function Announcer({ conversationKey }: AnnouncerProps) {
  const t = useThreadText()
  const text = useExcerpt()
  const ownId = useApp(({ session }) => session?.user_id)
  const name = useApp(({ conversations }) => conversations[conversationKey]?.title ?? '')
  const lastSeq = useApp(({ conversations }) => conversations[conversationKey]?.lastSeq ?? 0)
  const messages = useApp(({ threads }) => threads[conversationKey]?.messages)
  const isLoading = useApp(({ threads }) => threads[conversationKey]?.isLoading ?? true)
  const newest = messages?.findLast(({ seq, from_id }) => seq !== undefined && from_id !== ownId)
  const failures = messages?.filter(({ state }) => state === 'failed').length ?? 0
  const before = useRef<{ seq: number; failures: number }>(undefined)
  // What is shown may be of long ago.
  if (!isLoading) before.current ??= { seq: Math.max(newest?.seq ?? 0, lastSeq), failures }
  const isNew = newest && before.current && (newest.seq ?? 0) > before.current.seq
  const hasFailed = before.current && failures > before.current.failures
  return (
    <div className={css.hidden}>
      <p aria-live="polite">{isNew && t('said', { who: newest.author ?? name, text: text(newest) })}</p>
      <p aria-live="assertive">{hasFailed && t('failed')}</p>
    </div>
  )
}
