import { memo, useEffect, useRef } from 'react'
import { discardMessage, retryMessage } from '../../model/actions.ts'
import type { ShownMessage } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { useLanguage } from '../../text/texts.ts'
import { useChangeText } from './change-texts.ts'
import changesCss from './changes.module.css'
import { Content } from './content.tsx'
import { isEmojiOnly } from './emoji-only.ts'
import { useFailure } from './failure.ts'
import css from './message.module.css'
import { MessageHandles } from './message-handles.tsx'
import { useMentioned } from './names.ts'
import { ProgressMark } from './progress.tsx'
import { Quote } from './quote.tsx'
import { Reactions } from './reactions.tsx'
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
  /** Where the keyboard comes to the messages. */
  isStop: boolean
}

/** One message, and what stands above it. Drawn again only when something of it has changed. */
export const Message = memo(function Message(props: MessageProps) {
  const { message, author, isInGroup, isFound, progress, today, day, isFirstUnread, startsGroup, endsGroup } = props
  const { conversationKey, isStop } = props
  const { seq, replyTo, isRecalled = false, reactions } = message
  const t = useThreadText()
  const ofChanges = useChangeText()
  const article = useFocusIf(isFound)
  const locale = localeOf(useLanguage())
  const name = t('by', { who: author ?? t('you'), when: momentOf(message.at, today, locale) })
  const isBare = isRecalled || (message.media === 1 && replyTo === undefined && isEmojiOnly(message.content))
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
          ref={article}
          tabIndex={-1}
          aria-label={name}
          className={css.message}
          data-seq={seq}
          data-mine={progress !== undefined || undefined}
          data-starts={startsGroup || undefined}
          data-ends={endsGroup || undefined}
          data-bare={isBare || undefined}
          data-found={isFound || undefined}
          data-recalled={isRecalled || undefined}
        >
          {isInGroup && startsGroup && author !== undefined && (
            <p className={css.author} aria-hidden="true">
              <bdi>{author}</bdi>
            </p>
          )}
          <div className={css.bubble} dir="auto" data-bubble="">
            {replyTo !== undefined && <Quote conversationKey={conversationKey} seq={replyTo} />}
            {isRecalled ? (
              <em className={changesCss.recalled}>{ofChanges('recalled')}</em>
            ) : (
              <Words conversationKey={conversationKey} message={message} />
            )}
            <span className={css.meta} dir="ltr">
              {message.isEdited && <span>{ofChanges('edited')}</span>}
              <time dateTime={new Date(message.at).toISOString()}>{timeOf(message.at, locale)}</time>
              {progress && <ProgressMark progress={progress} />}
            </span>
            {seq !== undefined && !isRecalled && <MessageHandles isStop={isStop} />}
          </div>
          {seq !== undefined && reactions && (
            <Reactions conversationKey={conversationKey} seq={seq} reactions={reactions} />
          )}
          {progress === 'failed' && <Failure {...props} />}
        </article>
      )}
    </>
  )
})

/** Reading goes on from where the reader was led to. */
function useFocusIf(isFound: boolean) {
  const article = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isFound) article.current?.focus({ preventScroll: true })
  }, [isFound])
  return article
}

interface WordsProps {
  conversationKey: string
  message: ShownMessage
}

function Words({ conversationKey, message: { content, media, mentions } }: WordsProps) {
  if (!mentions) return <Content content={content} media={media} />
  return <Mentioning conversationKey={conversationKey} content={content} mentions={mentions} />
}

function Mentioning({ conversationKey, content, mentions }: Omit<WordsProps, 'message'> & Mentions) {
  const people = useMentioned(conversationKey, mentions)
  return <Content content={content} media={1} people={people} />
}

interface Mentions {
  content: string
  mentions: readonly number[]
}

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
