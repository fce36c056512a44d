import { changePassword } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { PasswordField } from '../../parts/password-field.tsx'
import { reasonIn } from '../../text/reason.ts'
import { defineTexts } from '../../text/texts.ts'
import { useFailure } from '../common/failure.tsx'
import { type Form, useForm } from '../common/form.ts'
import { passwordFault, strengthOf } from '../common/rules.ts'
import settings from './settings.module.css'
import { Submit } from './submit.tsx'

const { useText } = defineTexts(
  {
    intro: 'All other sessions end when the password changes. This one goes on.',
    old: 'Current password',
    next: 'New password',
    again: 'New password, again',
    save: 'Change password',
    saved: 'Changed. All other sessions have ended.',
    missing: 'Enter your current password.',
    tooShort: 'A password has at least 6 characters.',
    tooLong: 'This password is too long: 72 bytes at most.',
    unusable: 'A password has no control characters.',
    different: 'This is not the same as above.',
    short: 'Short. Several words are stronger.',
    fair: 'Fair. A longer one is stronger.',
    strong: 'Strong.',
    hint: 'At least 6 characters. Length makes it strong, nothing else.',
  },
  {
    intro: '更改密码后，其他设备上的登录都会结束，此处不受影响。',
    old: '当前密码',
    next: '新密码',
    again: '再次输入新密码',
    save: '更改密码',
    saved: '已更改，其他设备均已退出登录。',
    missing: '请输入当前密码。',
    tooShort: '密码至少 6 个字符。',
    tooLong: '密码过长，最多 72 字节。',
    unusable: '密码不能含有控制字符。',
    different: '与上面输入的不一致。',
    short: '较短；多用几个词会更安全。',
    fair: '尚可；更长会更安全。',
    strong: '很安全。',
    hint: '至少 6 个字符。越长越安全，与种类无关。',
  },
)

type Place = 'old' | 'next' | 'again'
const empty = { old: '', next: '', again: '' }

function usePasswordForm(): Form<Place> {
  const t = useText()
  const failureText = useFailure()
  return useForm<Place>({
    initial: empty,
    check: ({ old, next, again }) => {
      const fault = passwordFault(next)
      return {
        ...(old === '' && { old: t('missing') }),
        ...(fault && { next: t(fault) }),
        ...(again !== next && { again: t('different') }),
      }
    },
    // Too many attempts are about the password that is there, too.
    refused: (failure) =>
      ['WRONG_PASSWORD', 'TOO_MANY_REQUESTS'].includes(reasonIn(failure)) ? { old: failureText(failure) } : {},
    send: async ({ old, next }) => {
      await changePassword(old, next)
      return empty
    },
  })
}

export function PasswordPage() {
  const t = useText()
  const username = useApp(({ session }) => session?.username)
  const form = usePasswordForm()
  const strength = strengthOf(form.values.next)
  return (
    <form className={settings.card} {...form.form}>
      <p className={settings.soft}>{t('intro')}</p>
      {/* Password managers ask whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username ?? ''} readOnly hidden />
      <PasswordField label={t('old')} autoComplete="current-password" required {...form.field('old')} />
      <PasswordField
        label={t('next')}
        hint={t(strength ?? 'hint')}
        autoComplete="new-password"
        required
        {...form.field('next')}
      />
      <PasswordField label={t('again')} autoComplete="new-password" required {...form.field('again')} />
      <Submit label={t('save')} done={t('saved')} form={form} />
    </form>
  )
}
