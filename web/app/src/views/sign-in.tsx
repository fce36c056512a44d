import { useApp } from '../model/state.ts'
import { LanguageSelect } from '../parts/language-select.tsx'
import { Seal } from '../parts/seal.tsx'
import { useReason } from '../text/reason.ts'
import { defineTexts } from '../text/texts.ts'
import css from './sign-in.module.css'
import { SignInForm } from './sign-in-form.tsx'
import { useTitle } from './title.ts'

const { useText } = defineTexts(
  {
    headline: 'Words that arrive.',
    signIn: 'Welcome back',
    signUp: 'Begin here',
    signInTitle: 'Sign in',
    signUpTitle: 'Create account',
    promises: 'What we promise',
    kept: 'Nothing is lost',
    keptMore: 'A message counts as sent once it is stored, and never before.',
    ordered: 'In order',
    orderedMore: 'Both sides read the same words in the same order, each one once.',
    everywhere: 'Everywhere at once',
    everywhereMore: 'Every device shows the same, and goes on where another one stopped.',
  },
  {
    headline: '字字必达',
    signIn: '欢迎回来',
    signUp: '从这里开始',
    signInTitle: '登录',
    signUpTitle: '创建账号',
    promises: '我们的承诺',
    kept: '一条不丢',
    keptMore: '消息存好了才算发出，绝不提前。',
    ordered: '先后分明',
    orderedMore: '双方看到的内容与顺序完全一致，每条只出现一次。',
    everywhere: '处处同步',
    everywhereMore: '每台设备显示相同，在一处停下，可在另一处继续。',
  },
)

/** Signs in, or up: `isNew`. */
export default function SignIn({ isNew = false }: { isNew?: boolean }) {
  const t = useText()
  const reasonOf = useReason()
  const endReason = useApp((state) => state.endReason)
  useTitle(t(isNew ? 'signUpTitle' : 'signInTitle'))
  return (
    <div className={css.page}>
      <div className={css.sheet}>
        <header className={css.brand}>
          <Seal size={48} />
          <span className={css.wordmark}>GoChat</span>
        </header>
        <Promises />
      </div>
      <div className={css.side}>
        <main className={css.main}>
          <LanguageSelect className={css.language} />
          <h1>{t(isNew ? 'signUp' : 'signIn')}</h1>
          <p className={css.ended} role="status">
            {endReason && reasonOf(endReason)}
          </p>
          <SignInForm isNew={isNew} />
        </main>
      </div>
    </div>
  )
}

function Promises() {
  const t = useText()
  const promises = [
    ['kept', 'keptMore'],
    ['ordered', 'orderedMore'],
    ['everywhere', 'everywhereMore'],
  ] as const
  return (
    <section className={css.promises} aria-label={t('promises')}>
      <p className={css.headline}>{t('headline')}</p>
      <ol>
        {promises.map(([title, more]) => (
          <li key={title}>
            <strong>{t(title)}</strong>
            <span>{t(more)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
