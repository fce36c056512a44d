import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { type Person, useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { markAsked, useAsked } from './asked.ts'
import css from './people.module.css'
import { PersonRow } from './person-row.tsx'
import { RequestDialog } from './request-dialog.tsx'
import { type Standing, shownName, standingOf } from './standing.ts'
import type { BlockedPeople } from './use-blocked.ts'

const { useText } = defineTexts(
  {
    add: 'Add friend',
    open: 'Open chat',
    unblock: 'Unblock',
    self: 'That is you.',
    friend: 'You are friends.',
    blocked: 'You have blocked this person.',
    asks: 'Wants to be your friend: answer the request below.',
    asked: 'Your request is waiting for an answer.',
    stranger: 'You are not friends yet.',
  },
  {
    add: '添加好友',
    open: '打开聊天',
    unblock: '解除拉黑',
    self: '这是您自己。',
    friend: '你们是好友。',
    blocked: '您已拉黑对方。',
    asks: '对方想加您为好友，请在下方处理申请。',
    asked: '您的申请正在等待对方处理。',
    stranger: '你们还不是好友。',
  },
)

function useStanding(id: number, { isBlocked }: BlockedPeople): Standing {
  const ownId = useApp(({ session }) => session?.user_id)
  const conversations = useApp((state) => state.conversations)
  const requests = useApp((state) => state.requests)
  return standingOf(id, { ownId, conversations, requests, isBlocked, asked: useAsked() })
}

/** Somebody who was found, and what can be done. */
export function PersonCard({ person, blocked }: { person: Person; blocked: BlockedPeople }) {
  const t = useText()
  const standing = useStanding(person.id, blocked)
  const card = useRef<HTMLDivElement>(null)
  const [isAsking, setAsking] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const unblock = () => {
    setFailure(undefined)
    card.current?.focus()
    blocked.unblock(person).catch(setFailure)
  }
  return (
    <div className={css.card} ref={card} tabIndex={-1}>
      <PersonRow
        id={person.id}
        name={shownName(person)}
        username={person.username}
        avatar={person.avatar}
        note={t(standing)}
      >
        {standing === 'stranger' && (
          <Button kind="main" onClick={() => setAsking(true)}>
            {t('add')}
          </Button>
        )}
        {standing === 'friend' && (
          <Link href={`/chat/${person.id}`} className={css.link}>
            {t('open')}
          </Link>
        )}
        {standing === 'blocked' && <Button onClick={unblock}>{t('unblock')}</Button>}
      </PersonRow>
      {failure !== undefined && <Failure failure={failure} onRetry={unblock} className={css.below} />}
      {isAsking && (
        <RequestDialog
          person={person}
          card={card}
          onSent={() => markAsked(person.id)}
          onBlocked={blocked.reload}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}
