import type { Message } from 'gochat-client'
import { type MouseEvent, memo } from 'react'
import { Link } from 'wouter'
import { keyOf, useApp } from '../../model/state.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { languageTag } from '../../text/texts.ts'
import { shortTime } from '../../text/time.ts'
import { pathOf } from '../paths.ts'
import { excerptOf } from './excerpt.ts'
import css from './search.module.css'
import { useSearchText } from './texts.ts'

interface ResultProps {
  message: Message
  asked: string
  /** Of one conversation, which need not be named. */
  isHere: boolean
  now: number
  onChoose: (key: string, seq: number) => void
}

/** Who has said it, when, and what around the hit. */
export const Result = memo(function Result({ message, asked, isHere, now, onChoose }: ResultProps) {
  const t = useSearchText()
  const { target_id, chat_type, seq, created_at } = message
  const key = keyOf(target_id, chat_type)
  const title = useApp(({ conversations }) => conversations[key]?.title ?? `#${target_id}`)
  const avatar = useApp(({ conversations }) => conversations[key]?.avatar ?? '')
  const who = useAuthor(message, title)
  const choose = (event: MouseEvent) => {
    // Whoever wants another tab gets one.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    onChoose(key, seq)
  }
  return (
    <li>
      <Link href={pathOf(key)} className={css.result} data-here={isHere || undefined} onClick={choose}>
        {!isHere && <Avatar name={title} id={target_id} src={avatar} />}
        <span className={css.title} dir="auto">
          {isHere ? who : title}
        </span>
        <time className={css.time} dateTime={new Date(created_at).toISOString()}>
          {shortTime(created_at, now, languageTag())}
        </time>
        <span className={css.excerpt}>
          {!isHere && <span className={css.who}>{t('says', { who })}</span>}
          <bdi>
            {excerptOf(message.content, asked).map(({ text, isHit }, index) =>
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move.
              isHit ? <mark key={index}>{text}</mark> : text,
            )}
          </bdi>
        </span>
      </Link>
    </li>
  )
})

function useAuthor({ from_id, nickname, chat_type }: Message, title: string): string {
  const t = useSearchText()
  const ownId = useApp(({ session }) => session?.user_id)
  if (from_id === ownId) return t('you')
  return chat_type === 3 ? nickname || `#${from_id}` : title
}
