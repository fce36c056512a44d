import { useRef } from 'react'
import { Link } from 'wouter'
import { Button } from '../../parts/button.tsx'
import { reasonIn } from '../../text/reason.ts'
import { defineTexts, languageTag } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { writtenDayText } from '../common/time.ts'
import type { Row } from './answers.ts'
import css from './people.module.css'
import { PersonRow } from './person-row.tsx'

const { useText } = defineTexts(
  {
    accept: 'Accept',
    decline: 'Decline',
    friends: 'You are friends now.',
    open: 'Open chat',
    asked: 'Asked on {{day}}',
    at: '{{time}}, by the clock of the service',
  },
  {
    accept: '接受',
    decline: '拒绝',
    friends: '你们已成为好友。',
    open: '打开聊天',
    asked: '{{day}}申请',
    at: '{{time}}（服务器时间）',
  },
)

interface RequestRowProps {
  row: Row
  onAnswer: (accepts: boolean) => void
}

export function RequestRow({ row: { request, answer }, onAnswer }: RequestRowProps) {
  const t = useText()
  const item = useRef<HTMLLIElement>(null)
  const isAccepted = answer?.accepts === true && answer.state !== 'failed'
  const isGone = answer?.state === 'failed' && reasonIn(answer.failure) === 'REQUEST_NOT_FOUND'
  const accept = () => {
    onAnswer(true)
    // Its buttons go: reading goes on at what became of it.
    item.current?.focus()
  }
  const note = (
    <>
      {request.remark && <bdi className={css.remark}>{request.remark}</bdi>}
      <span role="status">
        {isAccepted ? (
          t('friends')
        ) : (
          <time title={t('at', { time: request.created_at })}>
            {t('asked', { day: writtenDayText(request.created_at, languageTag()) })}
          </time>
        )}
      </span>
    </>
  )
  return (
    <li ref={item} tabIndex={-1}>
      <PersonRow
        id={request.sender_id}
        name={request.sender_name}
        username={request.sender_name}
        avatar={request.avatar}
        note={note}
      >
        {isAccepted && answer.state === 'done' && (
          <Link href={`/chat/${request.sender_id}`} className={css.link}>
            {t('open')}
          </Link>
        )}
        {!isAccepted && !isGone && (
          <>
            <Button onClick={() => onAnswer(false)}>{t('decline')}</Button>
            <Button kind="main" onClick={accept}>
              {t('accept')}
            </Button>
          </>
        )}
      </PersonRow>
      {answer?.state === 'failed' && <Failure failure={answer.failure} className={css.below} />}
    </li>
  )
}
