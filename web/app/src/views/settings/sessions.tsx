import { type RefObject, useRef, useState } from 'react'
import { endOtherSessions, endSession, listSessions, type SessionEntry } from '../../model/actions.ts'
import { Button } from '../../parts/button.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { reasonIn } from '../../text/reason.ts'
import { defineTexts } from '../../text/texts.ts'
import { Confirm } from '../common/confirm.tsx'
import { Failure } from '../common/failure.tsx'
import { useFocusAfter } from '../common/focus.ts'
import { type Load, useLoad } from '../common/load.ts'
import { Waiting } from '../common/waiting.tsx'
import { SessionRow, useDeviceText } from './session-row.tsx'
import css from './sessions.module.css'
import settings from './settings.module.css'

const { useText } = defineTexts(
  {
    intro: 'Everywhere this account is signed in. End what you do not know, then change your password.',
    list: 'Sessions',
    endOne: 'End this session?',
    endOneMore: '{{device}} is signed out at once, and needs the password to come back.',
    endOneAction: 'End session',
    endAll: 'End all others',
    endAllTitle: 'End all other sessions?',
    endAllMore: 'All devices but this one are signed out at once.',
    alone: 'This is the only session.',
  },
  {
    intro: '此账号登录过的所有设备。如有不认识的，请结束它，然后更改密码。',
    list: '登录设备',
    endOne: '要结束这个登录吗？',
    endOneMore: '{{device}} 会立即退出，再次登录需要密码。',
    endOneAction: '结束登录',
    endAll: '结束其他所有登录',
    endAllTitle: '要结束其他所有登录吗？',
    endAllMore: '除此处以外的所有设备都会立即退出。',
    alone: '仅在此处登录。',
  },
)

export function Sessions() {
  const t = useText()
  const load = useLoad(listSessions)
  const { loaded, reload } = load
  return (
    <div className={css.sessions}>
      <p className={settings.soft}>{t('intro')}</p>
      {loaded.state === 'loading' && <SessionsWaiting />}
      {loaded.state === 'failed' && <Failure failure={loaded.failure} onRetry={reload} />}
      {loaded.state === 'ready' && <SessionList sessions={loaded.data} change={load.change} />}
    </div>
  )
}

interface SessionListProps {
  sessions: readonly SessionEntry[]
  change: Load<SessionEntry[]>['change']
}

function SessionList({ sessions, change }: SessionListProps) {
  const t = useText()
  const [asked, setAsked] = useState<SessionEntry | 'others'>()
  const list = useRef<HTMLUListElement>(null)
  const [current, others] = [sessions.filter((one) => one.current), sessions.filter((one) => !one.current)]
  return (
    <>
      <ul className={css.list} aria-label={t('list')} ref={list} tabIndex={-1}>
        {[...current, ...others].map((one) => (
          <SessionRow key={one.id} session={one} onEnd={() => setAsked(one)} />
        ))}
      </ul>
      <div>
        {others.length === 0 && <p className={settings.soft}>{t('alone')}</p>}
        {/* It stays where there is no other: sessions from before there was a list end by it, too. */}
        <Button kind="danger" onClick={() => setAsked('others')}>
          {t('endAll')}
        </Button>
      </div>
      {asked && <EndSessions asked={asked} change={change} list={list} onClose={() => setAsked(undefined)} />}
    </>
  )
}

interface EndSessionsProps extends Pick<SessionListProps, 'change'> {
  asked: SessionEntry | 'others'
  list: RefObject<HTMLElement | null>
  onClose: () => void
}

function EndSessions({ asked, change, list, onClose }: EndSessionsProps) {
  const t = useText()
  useFocusAfter(list)
  const deviceText = useDeviceText()
  if (asked === 'others') {
    const end = async () => {
      await endOtherSessions()
      change((all) => all.filter((one) => one.current))
    }
    return (
      <Confirm
        title={t('endAllTitle')}
        description={t('endAllMore')}
        action={t('endAll')}
        onConfirm={end}
        onClose={onClose}
      />
    )
  }
  const end = async () => {
    await endSession(asked.id).catch((failure: unknown) => {
      // It has ended: that is what was asked for.
      if (reasonIn(failure) !== 'SESSION_NOT_FOUND') throw failure
    })
    change((all) => all.filter(({ id }) => id !== asked.id))
  }
  return (
    <Confirm
      title={t('endOne')}
      description={t('endOneMore', { device: deviceText(asked.device) })}
      action={t('endOneAction')}
      onConfirm={end}
      onClose={onClose}
    />
  )
}

function SessionsWaiting() {
  return (
    <Waiting className={css.list}>
      {[180, 150].map((width) => (
        <div key={width} className={css.row}>
          <Skeleton width={24} height={24} />
          <div className={css.words}>
            <Skeleton width={width} height={20} />
            <Skeleton width={120} height={16} />
            <Skeleton width={200} height={16} />
          </div>
        </div>
      ))}
    </Waiting>
  )
}
