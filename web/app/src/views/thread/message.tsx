import { memo } from 'react'
import { discardMessage, retryMessage } from '../../model/actions.ts'
import type { ShownMessage } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { useLanguage } from '../../text/texts.ts'
import { Content } from './content.tsx'
import { isEmojiOnly } from './emoji-only.ts'
import { useFailure } from './failure.ts'
import css from './message.module.css'
import { ProgressMark } from './progress.tsx'
import type { Row } from './rows.ts'
import type { Progress } from './send-state.ts'
import { useThreadText } from './texts.ts'
import { dayOf, localeOf, momentOf, timeOf } from './times.ts'

export interface MessageProps extends Row {
  conversationKey: string
  /** The name of the one who wrote it; absent for one's own. */
  author?: string | undefined
  /** Several may have written it: the name stands above. */
  isInGroup: boolean
  /** It was looked for. */
  isFound: boolean
  /** Of one's own. */
  progress?: Progress | undefined
  today: number
}

/** One message, and what stands above it. Drawn again only when something of it has changed. */
export const Message = memo(function Message(props: MessageProps) {
  const { message, author, isInGroup, isFound, progress, today, day, isFirstUnread, startsGroup, endsGroup } = props
  const t = useThreadText()
  const locale = localeOf(useLanguage())
  const name = t('by', { who: author ?? t('you'), when: momentOf(message.at, today, locale) })
  const isBare = message.media === 1 && isEmojiOnly(message.content)
  return (
    <>
      {day !== undefined && <Day day={day} today={today} locale={locale} />}
      {isFirstUnread && <p className={css.divider}>{t('newMessages')}</p>}
      {message.from_id === 0 ? (
        <p className={css.notice} dir="auto">
          {message.content}
        </p>
      ) : (
        <article
          aria-label={name}
          className={css.message}
          data-mine={progress !== undefined || undefined}
          data-starts={startsGroup || undefined}
          data-ends={endsGroup || undefined}
          data-bare={isBare || undefined}
          data-found={isFound || undefined}
        >
          {isInGroup && startsGroup && author !== undefined && (
            <p className={css.author} aria-hidden="true">
              <bdi>{author}</bdi>
            </p>
          )}
          <div className={css.bubble} dir="auto">
            <Content content={message.content} media={message.media} />
            <span className={css.meta} dir="ltr">
              <time dateTime={new Date(message.at).toISOString()}>{timeOf(message.at, locale)}</time>
              {progress && <ProgressMark progress={progress} />}
            </span>
          </div>
          {progress === 'failed' && <Failure {...props} />}
        </article>
      )}
    </>
  )
})

function Day({ day, today, locale }: { day: number; today: number; locale: string }) {
  const t = useThreadText()
  const words = { today: t('today'), yesterday: t('yesterday') }
  return (
    <p className={css.day}>
      <span>{dayOf(day, today, locale, words)}</span>
    </p>
  )
}

function Failure({ conversationKey, message }: { conversationKey: string; message: ShownMessage }) {
  const t = useThreadText()
  const failure = useFailure()
  return (
    <div className={css.failure}>
      <p>{failure(message.reason)}</p>
      <Button onClick={() => retryMessage(conversationKey, message.key)}>{t('tryAgain')}</Button>
      <Button onClick={() => discardMessage(conversationKey, message.key)}>{t('discard')}</Button>
    </div>
  )
}
