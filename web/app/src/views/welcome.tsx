import { Link } from 'wouter'
import { useApp } from '../model/state.ts'
import { Seal } from '../parts/seal.tsx'
import { defineTexts } from '../text/texts.ts'
import css from './welcome.module.css'

const { useText } = defineTexts(
  {
    choose: 'Choose a conversation',
    chooseMore: 'Your messages stand here, in the order in which they were said.',
    begin: 'Somebody is waiting for your word',
    beginMore: 'Begin with one person whose username you know.',
    find: 'Find people',
  },
  {
    choose: '选择一个会话',
    chooseMore: '您的消息会按说出的顺序显示在这里。',
    begin: '总有人在等您的消息',
    beginMore: '先从一个您知道用户名的人开始。',
    find: '查找联系人',
  },
)

/** The right side while no conversation is open. */
export default function Welcome() {
  const t = useText()
  const isEmpty = useApp((state) => state.isListed && state.order.length === 0)
  return (
    <main className={css.welcome}>
      <Seal size={88} />
      <h2>{t(isEmpty ? 'begin' : 'choose')}</h2>
      <p>{t(isEmpty ? 'beginMore' : 'chooseMore')}</p>
      <Link href="/people">{t('find')}</Link>
    </main>
  )
}
