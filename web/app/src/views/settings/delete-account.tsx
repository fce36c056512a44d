import { useEffect, useRef, useState } from 'react'
import { deleteAccount } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { PasswordField } from '../../parts/password-field.tsx'
import { reasonIn } from '../../text/reason.ts'
import { defineTexts } from '../../text/texts.ts'
import common from '../common/common.module.css'
import { Failure, useFailure } from '../common/failure.tsx'
import { useForm } from '../common/form.ts'
import css from './delete-account.module.css'
import settings from './settings.module.css'

const { useText } = defineTexts(
  {
    title: 'Delete your account',
    more: 'For good: nobody can bring it back, and its name stays taken.',
    start: 'Delete account…',
    ends: 'Your profile is erased. Friendships, blocks and requests end, and so does every session.',
    stays: 'What you wrote stays with those who got it, without your name.',
    name: 'Nobody can take your username again, not even you.',
    password: 'Password',
    confirm: 'Your username',
    confirmHint: 'Type “{{username}}” to confirm.',
    missing: 'Enter your password.',
    different: 'This is not your username.',
    cancel: 'Cancel',
    action: 'Delete for good',
  },
  {
    title: '注销账号',
    more: '注销后无法恢复，用户名也不会释放。',
    start: '注销账号…',
    ends: '个人资料会被清除，好友关系、黑名单、申请和所有登录都会结束。',
    stays: '您发出的消息仍保留在对方那里，但不再显示您的名字。',
    name: '任何人都不能再使用您的用户名，包括您自己。',
    password: '密码',
    confirm: '您的用户名',
    confirmHint: '请输入“{{username}}”以确认。',
    missing: '请输入密码。',
    different: '与您的用户名不一致。',
    cancel: '取消',
    action: '永久注销',
  },
)

export function DeleteAccount() {
  const t = useText()
  const [isOpen, setOpen] = useState(false)
  return (
    <section className={settings.card}>
      <h3>{t('title')}</h3>
      <p className={settings.soft}>{t('more')}</p>
      <div>
        <Button kind="danger" onClick={() => setOpen(true)}>
          {t('start')}
        </Button>
      </div>
      <Dialog title={t('title')} isOpen={isOpen} onClose={() => setOpen(false)}>
        <ul className={css.facts}>
          <li>{t('ends')}</li>
          <li>{t('stays')}</li>
          <li>{t('name')}</li>
        </ul>
        <DeleteForm onClose={() => setOpen(false)} />
      </Dialog>
    </section>
  )
}

/** Signs out by itself once it is done: the session is over. */
function DeleteForm({ onClose }: { onClose: () => void }) {
  const t = useText()
  const username = useApp(({ session }) => session?.username ?? '')
  const failureText = useFailure()
  const { form, field, isBusy, failure } = useForm<'password' | 'confirm'>({
    initial: { password: '', confirm: '' },
    check: ({ password, confirm }) => ({
      ...(password === '' && { password: t('missing') }),
      ...(confirm.trim().normalize('NFC') !== username.normalize('NFC') && { confirm: t('different') }),
    }),
    refused: (refusal) =>
      ['WRONG_PASSWORD', 'TOO_MANY_REQUESTS'].includes(reasonIn(refusal)) ? { password: failureText(refusal) } : {},
    send: async (values) => {
      await deleteAccount(values.password)
      return values
    },
  })
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <form className={css.form} {...form}>
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordField
        ref={first}
        label={t('password')}
        autoComplete="current-password"
        required
        {...field('password')}
      />
      <Field
        label={t('confirm')}
        hint={t('confirmHint', { username })}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        {...field('confirm')}
      />
      {failure !== undefined && <Failure failure={failure} />}
      <div className={common.actions}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="danger" isBusy={isBusy}>
          {t('action')}
        </Button>
      </div>
    </form>
  )
}
