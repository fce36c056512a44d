import { LogOut, MessageCircle, Settings, UserRound, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { signOut } from '../model/actions.ts'
import { type State, useApp } from '../model/state.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Badge } from '../parts/badge.tsx'
import { Menu } from '../parts/menu.tsx'
import { Seal } from '../parts/seal.tsx'
import { defineTexts } from '../text/texts.ts'
import css from './navigation.module.css'

const { useText } = defineTexts(
  {
    main: 'Main',
    chats: 'Chats',
    people: 'People',
    settings: 'Settings',
    unread_one: ', {{count}} unread message',
    unread_other: ', {{count}} unread messages',
    requests_one: ', {{count}} request',
    requests_other: ', {{count}} requests',
    account: 'Account of {{name}}',
    profile: 'Profile',
    signOut: 'Sign out',
  },
  {
    main: '主导航',
    chats: '聊天',
    people: '联系人',
    settings: '设置',
    unread_other: '，{{count}} 条未读消息',
    requests_other: '，{{count}} 条申请',
    account: '{{name}} 的账号',
    profile: '个人资料',
    signOut: '退出登录',
  },
)

type Section = 'chats' | 'people' | 'settings'

const sectionAt = (path: string): Section =>
  path.startsWith('/people') ? 'people' : path.startsWith('/settings') ? 'settings' : 'chats'

export function useSectionName(path: string): string {
  return useText()(sectionAt(path))
}

export const unreadOf = ({ conversations }: State): number =>
  Object.values(conversations).reduce((sum, { unread }) => sum + unread, 0)

/** A rail beside the list, or a bar below it on a phone. */
export function Navigation({ path }: { path: string }) {
  const t = useText()
  const unread = useApp(unreadOf)
  const requests = useApp((state) => state.requests.length)
  const current = sectionAt(path)
  return (
    <nav className={css.navigation} aria-label={t('main')}>
      <Seal size={40} className={css.seal} />
      <ul>
        <Entry href="/" name={t('chats')} isCurrent={current === 'chats'} icon={<MessageCircle size={22} />}>
          <Badge className={css.badge} count={unread} label={t('unread', { count: unread })} />
        </Entry>
        <Entry href="/people" name={t('people')} isCurrent={current === 'people'} icon={<Users size={22} />}>
          <Badge className={css.badge} count={requests} label={t('requests', { count: requests })} />
        </Entry>
        <Entry href="/settings" name={t('settings')} isCurrent={current === 'settings'} icon={<Settings size={22} />} />
      </ul>
      <Account />
    </nav>
  )
}

interface EntryProps {
  href: string
  name: string
  icon: ReactNode
  isCurrent: boolean
  children?: ReactNode
}

function Entry({ href, name, icon, isCurrent, children }: EntryProps) {
  return (
    <li>
      <Link href={href} className={css.entry} aria-current={isCurrent ? 'page' : undefined}>
        <span className={css.icon}>{icon}</span>
        <span>{name}</span>
        {children}
      </Link>
    </li>
  )
}

/** Beside the list only: on a phone, the settings have the same. */
function Account() {
  const t = useText()
  const [, go] = useLocation()
  const session = useApp((state) => state.session)
  const profile = useApp((state) => state.profile)
  if (!session) return null
  const name = profile?.nickname || session.nickname || session.username
  return (
    <Menu
      side="right"
      trigger={
        <button type="button" className={css.account} aria-label={t('account', { name })} title={name}>
          <Avatar name={name} id={session.user_id} src={profile?.avatar ?? ''} />
        </button>
      }
      items={[
        { label: t('profile'), icon: <UserRound size={18} />, onSelect: () => go('/settings/profile') },
        { label: t('signOut'), icon: <LogOut size={18} />, onSelect: () => void signOut() },
      ]}
    />
  )
}
