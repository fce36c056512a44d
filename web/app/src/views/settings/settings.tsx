/** `/settings` and the pages below it: profile, password, sessions, appearance, notifications, data. */
import {
  Bell,
  ChevronLeft,
  ChevronRight,
  CircleUser,
  Database,
  KeyRound,
  MonitorSmartphone,
  Palette,
} from 'lucide-react'
import { type ComponentType, useEffect, useRef } from 'react'
import { Link, Redirect, useLocation } from 'wouter'
import { defineTexts } from '../../text/texts.ts'
import { Appearance } from './appearance.tsx'
import { DataPage } from './data.tsx'
import { Notifications } from './notifications.tsx'
import { PasswordPage } from './password.tsx'
import { ProfilePage } from './profile.tsx'
import { Sessions } from './sessions.tsx'
import css from './settings.module.css'
import { SignOut } from './sign-out.tsx'

const { useText } = defineTexts(
  {
    settings: 'Settings',
    back: 'Back',
    profile: 'Profile',
    password: 'Password',
    sessions: 'Sessions',
    appearance: 'Appearance',
    notifications: 'Notifications',
    data: 'Your data',
  },
  {
    settings: '设置',
    back: '返回',
    profile: '个人资料',
    password: '密码',
    sessions: '登录设备',
    appearance: '外观',
    notifications: '通知',
    data: '您的数据',
  },
)

const pages = [
  { name: 'profile', Icon: CircleUser, Page: ProfilePage },
  { name: 'password', Icon: KeyRound, Page: PasswordPage },
  { name: 'sessions', Icon: MonitorSmartphone, Page: Sessions },
  { name: 'appearance', Icon: Palette, Page: Appearance },
  { name: 'notifications', Icon: Bell, Page: Notifications },
  { name: 'data', Icon: Database, Page: DataPage },
] as const

type Name = (typeof pages)[number]['name']

/** Where there is room, the list and a page stand side by side, and `/settings` shows the first page. */
export default function Settings() {
  const t = useText()
  const [path] = useLocation()
  const wanted = path.replace(/^\/settings\/?/, '').replace(/\/$/, '')
  const page = pages.find(({ name }) => name === (wanted || 'profile'))
  if (!page) return <Redirect to="/settings" replace />
  return (
    <main className={css.frame}>
      <div className={css.columns} data-index={wanted === ''}>
        <div className={css.index}>
          <h1>{t('settings')}</h1>
          <nav aria-label={t('settings')}>
            <ul>
              {pages.map(({ name, Icon }) => (
                <li key={name}>
                  <Link href={`/settings/${name}`} aria-current={name === page.name ? 'page' : undefined}>
                    <Icon size={20} aria-hidden="true" />
                    <span>{t(name)}</span>
                    <ChevronRight size={18} className={css.chevron} aria-hidden="true" />
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <SignOut />
        </div>
        <Shown key={page.name} name={page.name} Page={page.Page} takesFocus={wanted !== ''} />
      </div>
    </main>
  )
}

function Shown({ name, Page, takesFocus }: { name: Name; Page: ComponentType; takesFocus: boolean }) {
  const t = useText()
  const heading = useRef<HTMLHeadingElement>(null)
  // Reading goes on at the page that was chosen.
  useEffect(() => {
    if (takesFocus) heading.current?.focus()
  }, [takesFocus])
  return (
    <section className={css.page} aria-labelledby="settings-page">
      <Link href="/settings" className={css.back}>
        <ChevronLeft size={20} aria-hidden="true" />
        {t('back')}
      </Link>
      <h2 id="settings-page" ref={heading} tabIndex={-1}>
        {t(name)}
      </h2>
      <Page />
    </section>
  )
}
