import { MessageCircle, Settings, Users } from 'lucide-react'
import { lazy, type ReactNode, Suspense } from 'react'
import { Link } from 'wouter'
import { type State, useApp } from '../model/state.ts'
import { Badge } from '../parts/badge.tsx'
import { Seal } from '../parts/seal.tsx'
import { defineTexts } from '../text/texts.ts'
import { useIsNarrow } from './narrow.ts'
import css from './navigation.module.css'

// Menus are not needed for the first view.
const Account = lazy(() => import('./account.tsx'))

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
  },
  {
    main: '主导航',
    chats: '聊天',
    people: '联系人',
    settings: '设置',
    unread_other: '，{{count}} 条未读消息',
    requests_other: '，{{count}} 条申请',
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
  const requests = useApp((state) => state.requests.length + state.groupRequests.length)
  const isNarrow = useIsNarrow()
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
      {!isNarrow && (
        <Suspense>
          <Account />
        </Suspense>
      )}
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
