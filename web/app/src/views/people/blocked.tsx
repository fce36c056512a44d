import { useRef, useState } from 'react'
import type { Person } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import css from './people.module.css'
import { PersonRow } from './person-row.tsx'
import { RowsWaiting } from './requests.tsx'
import { shownName } from './standing.ts'
import type { BlockedPeople } from './use-blocked.ts'

const { useText } = defineTexts(
  {
    title: 'Blocked',
    more: 'They cannot write to you, and you never see their requests. They are not told.',
    none: 'You have blocked nobody. To block a friend, open the chat, then More and Block.',
    unblock: 'Unblock',
    unblocked: '{{name}} is not blocked any more. You are not friends: a new request makes you so.',
  },
  {
    title: '黑名单',
    more: '他们不能给您发消息，您也看不到他们的申请，对方不会收到通知。',
    none: '您没有拉黑任何人。要拉黑好友，请打开聊天，点“更多”后选择“拉黑”。',
    unblock: '解除拉黑',
    unblocked: '已解除对 {{name}} 的拉黑。你们不是好友，可以重新申请。',
  },
)

export function Blocked({ blocked: { loaded, reload, unblock } }: { blocked: BlockedPeople }) {
  const t = useText()
  const heading = useRef<HTMLHeadingElement>(null)
  const [done, setDone] = useState<string>()
  const [failed, setFailed] = useState<{ person: Person; failure: unknown }>()
  const run = (person: Person) => {
    setFailed(undefined)
    setDone(undefined)
    heading.current?.focus()
    unblock(person).then(
      () => setDone(shownName(person)),
      (failure: unknown) => setFailed({ person, failure }),
    )
  }
  return (
    <section aria-labelledby="blocked-title">
      <h2 id="blocked-title" ref={heading} tabIndex={-1}>
        {t('title')}
      </h2>
      {loaded.state === 'loading' && <RowsWaiting />}
      {loaded.state === 'failed' && <Failure failure={loaded.failure} onRetry={reload} />}
      {loaded.state === 'ready' && <p className={css.empty}>{t(loaded.data.length > 0 ? 'more' : 'none')}</p>}
      {loaded.state === 'ready' && loaded.data.length > 0 && (
        <ul className={css.list} aria-label={t('title')}>
          {loaded.data.map((person) => (
            <li key={person.id}>
              <PersonRow id={person.id} name={shownName(person)} username={person.username} avatar={person.avatar}>
                <Button onClick={() => run(person)}>{t('unblock')}</Button>
              </PersonRow>
              {failed?.person.id === person.id && <Failure failure={failed.failure} className={css.below} />}
            </li>
          ))}
        </ul>
      )}
      <p className={css.done} role="status">
        {done !== undefined && t('unblocked', { name: done })}
      </p>
    </section>
  )
}
