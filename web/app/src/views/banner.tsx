import { MonitorSmartphone, WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { reconnect } from '../model/actions.ts'
import { useApp } from '../model/state.ts'
import { Button } from '../parts/button.tsx'
import { useReason } from '../text/reason.ts'
import { defineTexts } from '../text/texts.ts'
import css from './banner.module.css'

const { useText } = defineTexts(
  {
    offline: 'You are offline. What you send is kept and goes out by itself.',
    now: 'Try now',
    here: 'Connect here',
  },
  {
    offline: '您已离线。发送的内容会保留，恢复后自动发出。',
    now: '立即重试',
    here: '在此连接',
  },
)

/** A connection that comes back at once is not worth a word. */
const patienceMs = 1_500

/** Says what has become of the connection, while there is something to say. Its height comes and goes without a jump. */
export function Banner() {
  const t = useText()
  const reasonOf = useReason()
  const connection = useApp((state) => state.connection)
  const endReason = useApp((state) => state.endReason)
  const isOffline = useLasting(connection === 'connecting' || connection === 'lost', patienceMs)
  const kind = connection === 'ended' ? 'ended' : isOffline ? 'offline' : undefined
  // While it goes, it says what it said.
  const [shown, setShown] = useState<'ended' | 'offline'>('offline')
  if (kind && kind !== shown) setShown(kind)

  const Icon = shown === 'ended' ? MonitorSmartphone : WifiOff
  return (
    <div className={css.banner} role="status" data-open={kind !== undefined}>
      <div className={css.fold}>
        <div className={css.line} data-kind={shown}>
          <Icon size={18} aria-hidden="true" />
          <p>{shown === 'ended' ? reasonOf(endReason ?? 'other') : t('offline')}</p>
          <Button onClick={reconnect}>{t(shown === 'ended' ? 'here' : 'now')}</Button>
        </div>
      </div>
    </div>
  )
}

/** Whether something has been so for this long without a break. */
function useLasting(isSo: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    if (!isSo) return
    const timer = setTimeout(() => setLasts(true), ms)
    return () => {
      clearTimeout(timer)
      setLasts(false)
    }
  }, [isSo, ms])
  return isSo && lasts
}
