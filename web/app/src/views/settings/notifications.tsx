import { useState } from 'react'
import { setNotifications } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import css from './notifications.module.css'
import settings from './settings.module.css'

const { useText } = defineTexts(
  {
    label: 'Tell me of new messages and calls',
    more: 'While this page is open in the background. A notification names who writes or calls.',
    denied:
      'Your browser does not allow it. Allow notifications for this page in the settings of the browser, then switch it on here.',
  },
  {
    label: '新消息和来电通知',
    more: '页面在后台打开时提醒，通知会显示发送者或来电者。',
    denied: '浏览器未允许通知。请先在浏览器设置中允许本页面发送通知，再在此打开。',
  },
)

export function Notifications() {
  const t = useText()
  const notifications = useApp((state) => state.notifications)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const isOn = notifications === 'on'
  const change = () => {
    setBusy(true)
    setFailure(undefined)
    setNotifications(!isOn)
      .catch(setFailure)
      .finally(() => setBusy(false))
  }
  return (
    <div className={settings.card}>
      <div className={css.row}>
        <div>
          <p className={css.label} id="notifications-label">
            {t('label')}
          </p>
          <p className={settings.soft} id="notifications-more">
            {t('more')}
          </p>
        </div>
        <button
          type="button"
          role="switch"
          className={css.switch}
          aria-checked={isOn}
          aria-labelledby="notifications-label"
          aria-describedby="notifications-more"
          aria-busy={isBusy}
          onClick={() => !isBusy && change()}
        >
          <span className={css.knob} />
        </button>
      </div>
      <p className={css.denied} role="status">
        {notifications === 'denied' && t('denied')}
      </p>
      {failure !== undefined && <Failure failure={failure} onRetry={change} />}
    </div>
  )
}
