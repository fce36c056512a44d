import { createContext, memo, useContext, useEffect, useState } from 'react'
import { type CustomContainerComponentProps, type CustomItemComponentProps, Virtualizer } from 'virtua'
import { Link } from 'wouter'
import { type Conversation, useApp } from '../model/state.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Badge } from '../parts/badge.tsx'
import { defineTexts, languageTag } from '../text/texts.ts'
import { shortTime } from '../text/time.ts'
import css from './conversation-list.module.css'
import { filePreview } from './file-preview.ts'
import { pathOf } from './paths.ts'

const { useText } = defineTexts(
  {
    conversations: 'Conversations',
    online: ', online',
    typing: 'typing…',
    ended: 'Ended',
    picture: 'Picture',
    file: 'File',
    unread_one: '{{count}} unread',
    unread_other: '{{count}} unread',
    mentioned: ', mentions you',
  },
  {
    conversations: '会话',
    online: '，在线',
    typing: '正在输入…',
    ended: '已结束',
    picture: '[图片]',
    file: '[文件]',
    unread_other: '{{count}} 条未读',
    mentioned: '，有人提到你',
  },
)

/** Those that are seen, of however many. */
export function Entries({ keys, currentKey }: { keys: readonly string[]; currentKey: string | undefined }) {
  const now = useToday()
  return (
    <Count value={keys.length}>
      <div className={css.entries}>
        <Virtualizer as={List} item={Item} data={keys} itemSize={68}>
          {(key) => <Entry key={key} conversationKey={key} isCurrent={key === currentKey} now={now} />}
        </Virtualizer>
      </div>
    </Count>
  )
}

const Count = createContext(0)

function List(props: CustomContainerComponentProps) {
  const t = useText()
  return <ul {...props} aria-label={t('conversations')} />
}

// Only some are in the page: each says which of how many it is.
function Item({ index, ...rest }: CustomItemComponentProps) {
  return <li {...rest} aria-posinset={index + 1} aria-setsize={useContext(Count)} />
}

interface EntryProps {
  conversationKey: string
  isCurrent: boolean
  now: number
}

const Entry = memo(function Entry({ conversationKey, isCurrent, now }: EntryProps) {
  const t = useText()
  const conversation = useApp(({ conversations }) => conversations[conversationKey])
  if (!conversation) return null
  const { title, target_id, avatar, online, isOpen, unread, mentions, lastAt, group } = conversation
  return (
    <Link href={pathOf(conversationKey)} className={css.entry} aria-current={isCurrent ? 'page' : undefined}>
      <Avatar name={title} id={target_id} src={avatar} online={isOpen && !group ? online : undefined} />
      <span className={css.title} dir="auto">
        {title}
      </span>
      {isOpen && online && <span className="visually-hidden">{t('online')}</span>}
      <span className={css.time}>{lastAt > 0 && shortTime(lastAt, now, languageTag())}</span>
      <LastWords {...conversation} />
      <span className={css.unread}>
        <Badge count={unread} label={t('unread', { count: unread })} />
        {mentions > 0 && (
          <span className={css.mention}>
            <span aria-hidden="true">@</span>
            <span className="visually-hidden">{t('mentioned')}</span>
          </span>
        )}
      </span>
    </Link>
  )
})

function LastWords({ isOpen, isTyping, preview }: Conversation) {
  const t = useText()
  const file = filePreview(preview)
  if (isOpen && isTyping) return <span className={css.typing}>{t('typing')}</span>
  return (
    <span className={css.preview}>
      {!isOpen && <span className={css.ended}>{t('ended')}</span>}
      <bdi>{file ? t(file) : preview}</bdi>
    </span>
  )
}

/** A moment of today: another one once the day has changed, also after a night of sleep. */
function useToday(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const look = () =>
      setNow((then) => (new Date(then).toDateString() === new Date().toDateString() ? then : Date.now()))
    const timer = setInterval(look, 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
