import { AppWindow, Monitor, Smartphone, Tablet } from 'lucide-react'
import type { SessionEntry } from '../../model/actions.ts'
import { Button } from '../../parts/button.tsx'
import { defineTexts, languageTag } from '../../text/texts.ts'
import { agoText, dayText, momentText } from '../common/time.ts'
import { deviceOf, type Kind } from './device.ts'
import css from './sessions.module.css'

const { useText } = defineTexts(
  {
    device: '{{browser}} on {{system}}',
    unknown: 'Unknown device',
    thisOne: 'This one',
    online: 'Online now',
    seen: 'Last seen {{when}}',
    created: 'Signed in on {{day}}',
    from: 'from {{address}}',
    end: 'End',
    endOne: 'End {{device}}',
  },
  {
    device: '{{system}} 上的 {{browser}}',
    unknown: '未知设备',
    thisOne: '此设备',
    online: '在线',
    seen: '{{when}}活跃',
    created: '{{day}}登录',
    from: '来自 {{address}}',
    end: '结束',
    endOne: '结束 {{device}}',
  },
)

const icons = { computer: Monitor, phone: Smartphone, tablet: Tablet, program: AppWindow } satisfies Record<
  Kind,
  unknown
>

/** Returns what says a `User-Agent` in words: `Firefox on Windows`. */
export function useDeviceText(): (userAgent: string) => string {
  const t = useText()
  return (userAgent) => {
    const { browser, system } = deviceOf(userAgent)
    return browser && system ? t('device', { browser, system }) : (browser ?? system ?? t('unknown'))
  }
}

interface SessionRowProps {
  session: SessionEntry
  onEnd: () => void
}

export function SessionRow({ session, onEnd }: SessionRowProps) {
  const t = useText()
  const name = useDeviceText()(session.device)
  const Icon = icons[deviceOf(session.device).kind]
  return (
    <li className={css.row}>
      <Icon size={24} className={css.icon} aria-hidden="true" />
      <div className={css.words}>
        <p className={css.name} title={session.device}>
          {name}
          {session.current && <span className={css.current}>{t('thisOne')}</span>}
        </p>
        <Seen session={session} />
        <p className={css.detail}>
          <time dateTime={new Date(session.created_at).toISOString()}>
            {t('created', { day: dayText(session.created_at, languageTag()) })}
          </time>{' '}
          {session.address && t('from', { address: session.address })}
        </p>
      </div>
      {!session.current && (
        <Button onClick={onEnd} aria-label={t('endOne', { device: name })}>
          {t('end')}
        </Button>
      )}
    </li>
  )
}

function Seen({ session: { online, current, seen_at } }: { session: SessionEntry }) {
  const t = useText()
  if (online || current) return <p className={css.online}>{t('online')}</p>
  return (
    <p className={css.detail} title={momentText(seen_at, languageTag())}>
      {t('seen', { when: agoText(seen_at, Date.now(), languageTag()) })}
    </p>
  )
}
