import { LogOut, UserRound } from 'lucide-react'
import { useLocation } from 'wouter'
import { signOut } from '../model/actions.ts'
import { useApp } from '../model/state.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Menu } from '../parts/menu.tsx'
import { defineTexts } from '../text/texts.ts'
import css from './navigation.module.css'

const { useText } = defineTexts(
  { account: 'Account of {{name}}', profile: 'Profile', signOut: 'Sign out' },
  { account: '{{name}} 的账号', profile: '个人资料', signOut: '退出登录' },
)

/** One's own, at the end of the rail. On a phone, the settings have the same. */
export default function Account() {
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
