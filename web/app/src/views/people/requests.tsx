import { useRef, useState } from 'react'
import { answerRequest } from '../../model/actions.ts'
import { type FriendRequest, useApp } from '../../model/state.ts'
import { Skeleton } from '../../parts/skeleton.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Waiting } from '../common/waiting.tsx'
import { type Answers, rowsOf, withAnswer } from './answers.ts'
import css from './people.module.css'
import { RequestRow } from './request-row.tsx'

const { useText } = defineTexts(
  {
    title: 'Requests',
    waiting_one: '{{count}} request waits for your answer.',
    waiting_other: '{{count}} requests wait for your answer.',
    none: 'Nobody waits for an answer. Give your username to friends: their requests will stand here.',
  },
  {
    title: '好友申请',
    waiting_other: '有 {{count}} 个申请等待处理。',
    none: '暂无申请。把您的用户名告诉好友，他们的申请会显示在这里。',
  },
)

function useAnswers() {
  const waiting = useApp((state) => state.requests)
  const [answers, setAnswers] = useState<Answers>(new Map())
  const answer = async (request: FriendRequest, accepts: boolean) => {
    const set = (state: 'busy' | 'done' | 'failed', failure?: unknown) =>
      setAnswers((now) => withAnswer(now, { request, accepts, state, failure }))
    set('busy')
    try {
      await answerRequest(request, accepts)
      set('done')
    } catch (failure) {
      set('failed', failure)
    }
  }
  return { rows: rowsOf(waiting, answers), answer }
}

export function Requests() {
  const t = useText()
  const isListed = useApp((state) => state.isListed)
  const { rows, answer } = useAnswers()
  const heading = useRef<HTMLHeadingElement>(null)
  const open = rows.filter((row) => !row.answer || row.answer.state === 'failed').length
  const onAnswer = (request: FriendRequest, accepts: boolean) => {
    void answer(request, accepts)
    // A row that goes leaves the focus where reading goes on.
    if (!accepts) heading.current?.focus()
  }
  return (
    <section aria-labelledby="requests-title" aria-busy={!isListed}>
      <h2 id="requests-title" ref={heading} tabIndex={-1}>
        {t('title')}
      </h2>
      <p className="visually-hidden" role="status">
        {open > 0 && t('waiting', { count: open })}
      </p>
      {!isListed && rows.length === 0 && <RowsWaiting />}
      {isListed && rows.length === 0 && <p className={css.empty}>{t('none')}</p>}
      {rows.length > 0 && (
        <ul className={css.list} aria-label={t('title')}>
          {rows.map((row) => (
            <RequestRow key={row.request.id} row={row} onAnswer={(accepts) => onAnswer(row.request, accepts)} />
          ))}
        </ul>
      )}
    </section>
  )
}

export function RowsWaiting() {
  return (
    <Waiting className={css.list}>
      <div className={css.row}>
        <Skeleton width={44} height={44} radius="28%" />
        <div className={css.words}>
          <Skeleton width={130} height={20} />
          <Skeleton width={180} height={16} />
        </div>
      </div>
    </Waiting>
  )
}
