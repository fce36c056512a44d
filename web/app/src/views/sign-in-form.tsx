import { type FormEvent, useRef, useState } from 'react'
import { Link } from 'wouter'
import { signIn, signUp } from '../model/actions.ts'
import { useApp } from '../model/state.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { PasswordField } from '../parts/password-field.tsx'
import { useReason } from '../text/reason.ts'
import { defineTexts, languageTag } from '../text/texts.ts'
import { waitText } from '../text/time.ts'
import css from './sign-in.module.css'
import { check, type Failure, failureOf, nameOf, type Place, type Problem } from './sign-in-check.ts'

const { useText } = defineTexts(
  {
    signIn: 'Sign in',
    signUp: 'Create account',
    username: 'Username',
    password: 'Password',
    usernameHint: 'Letters, digits, spaces and signs, 64 at most',
    passwordHint: 'At least 6 characters',
    usernameMissing: 'Enter your username.',
    usernameTooLong: 'A username has at most 64 characters.',
    usernameRefused: 'This name is not possible: one script a word, single spaces, and no name of the service.',
    passwordMissing: 'Enter your password.',
    passwordTooShort: 'A password has at least 6 characters.',
    passwordTooLong: 'This password is too long: 72 bytes at most.',
    passwordRefused: 'A password has no control characters.',
    tooOften: 'Too many attempts. Try again {{when}}.',
    newHere: 'New here?',
    toSignUp: 'Create an account',
    known: 'You have an account?',
    toSignIn: 'Go to sign in',
  },
  {
    signIn: '登录',
    signUp: '创建账号',
    username: '用户名',
    password: '密码',
    usernameHint: '字母、数字、空格和符号，最多 64 个字符',
    passwordHint: '至少 6 个字符',
    usernameMissing: '请输入用户名。',
    usernameTooLong: '用户名最多 64 个字符。',
    usernameRefused: '不能使用这个名字：每个词只用一种文字，不能有连续空格，也不能冒充官方。',
    passwordMissing: '请输入密码。',
    passwordTooShort: '密码至少 6 个字符。',
    passwordTooLong: '密码过长，最多 72 字节。',
    passwordRefused: '密码不能含有控制字符。',
    tooOften: '尝试次数过多，请在{{when}}重试。',
    newHere: '还没有账号？',
    toSignUp: '立即注册',
    known: '已有账号？',
    toSignIn: '去登录',
  },
)

/** Asks the service, once at a time, and says what was wrong where. */
function useSubmit(isNew: boolean) {
  const [problems, setProblems] = useState<Partial<Record<Place, Problem>>>({})
  const [failure, setFailure] = useState<Failure>()
  const [isBusy, setBusy] = useState(false)
  // Signing in may fail where signing up did not: trying again must not find the name taken.
  const registered = useRef('')

  const clear = () => {
    setProblems({})
    setFailure(undefined)
  }
  const enter = async (username: string, password: string) => {
    if (isNew && registered.current !== username) {
      await signUp(username, password)
      registered.current = username
    }
    if (!useApp.getState().session) await signIn(username, password)
  }
  const submit = async (username: string, password: string): Promise<Failure['at'] | undefined> => {
    const found = check(username, password, isNew)
    setProblems(found)
    setFailure(undefined)
    if (found.username || found.password) return found.username ? 'username' : 'password'
    setBusy(true)
    try {
      await enter(username, password)
    } catch (thrown) {
      const refused = failureOf(thrown, isNew)
      setFailure(refused)
      return refused.at
    } finally {
      setBusy(false)
    }
  }
  return { problems, failure, isBusy, submit, clear }
}

/** What stands at a field, or at the form, after an attempt. */
function useErrors(isNew: boolean, problems: Partial<Record<Place, Problem>>, failure: Failure | undefined) {
  const t = useText()
  const reasonOf = useReason()
  return (place: Failure['at']): string | undefined => {
    const problem = place === 'form' ? undefined : problems[place]
    if (problem) return t(problem)
    if (failure?.at !== place) return undefined
    if (failure.reason === 'INVALID_INPUT' && isNew) return t('usernameRefused')
    if (failure.reason === 'TOO_MANY_REQUESTS' && failure.retryAfterMs)
      return t('tooOften', { when: waitText(failure.retryAfterMs, languageTag()) })
    return reasonOf(failure.reason)
  }
}

export function SignInForm({ isNew }: { isNew: boolean }) {
  const t = useText()
  const form = useRef<HTMLFormElement>(null)
  const { problems, failure, isBusy, submit, clear } = useSubmit(isNew)
  const errorAt = useErrors(isNew, problems, failure)

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    if (!form.current || isBusy) return
    const given = new FormData(form.current)
    const wrong = await submit(nameOf(String(given.get('username'))), String(given.get('password')))
    if (wrong) form.current?.querySelector<HTMLInputElement>(`[name="${wrong}"]`)?.focus()
  }
  return (
    <form ref={form} className={css.form} onSubmit={(event) => void onSubmit(event)} onInput={clear} noValidate>
      <Field
        label={t('username')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        hint={isNew ? t('usernameHint') : undefined}
        error={errorAt('username')}
        required
      />
      <PasswordField
        label={t('password')}
        name="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        hint={isNew ? t('passwordHint') : undefined}
        error={errorAt('password')}
        required
      />
      <p className={css.failure} role="alert">
        {errorAt('form')}
      </p>
      <Button type="submit" kind="main" isBusy={isBusy}>
        {t(isNew ? 'signUp' : 'signIn')}
      </Button>
      <p className={css.other}>
        {t(isNew ? 'known' : 'newHere')}{' '}
        <Link href={isNew ? '/sign-in' : '/sign-up'} onClick={clear}>
          {t(isNew ? 'toSignIn' : 'toSignUp')}
        </Link>
      </p>
    </form>
  )
}
