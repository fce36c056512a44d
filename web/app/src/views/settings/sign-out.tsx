import { LogOut } from 'lucide-react'
import { useState } from 'react'
import { signOut } from '../../model/actions.ts'
import { type State, useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Confirm } from '../common/confirm.tsx'
import css from './sign-out.module.css'

const { useText } = defineTexts(
  {
    signOut: 'Sign out',
    signedInAs: 'Signed in as',
    title: 'Sign out now?',
    unsent_one: '{{count}} message has not been sent yet, and is lost when you sign out.',
    unsent_other: '{{count}} messages have not been sent yet, and are lost when you sign out.',
  },
  {
    signOut: '退出登录',
    signedInAs: '当前账号',
    title: '现在退出登录？',
    unsent_other: '有 {{count}} 条消息尚未发出，退出后将会丢失。',
  },
)

const unsentIn = ({ threads }: State): number =>
  Object.values(threads).reduce(
    (sum, { messages }) => sum + messages.filter(({ state }) => state !== 'stored').length,
    0,
  )

/** Asks only if something would be lost. */
export function SignOut() {
  const t = useText()
  const username = useApp(({ session }) => session?.username)
  const unsent = useApp(unsentIn)
  const [isAsked, setAsked] = useState(false)
  return (
    <div className={css.signOut}>
      <p className={css.who}>
        {t('signedInAs')} <bdi>{username}</bdi>
      </p>
      <Button onClick={() => (unsent > 0 ? setAsked(true) : void signOut())}>
        <LogOut size={18} aria-hidden="true" />
        {t('signOut')}
      </Button>
      {isAsked && (
        <Confirm
          title={t('title')}
          description={t('unsent', { count: unsent })}
          action={t('signOut')}
          onConfirm={signOut}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  )
}
