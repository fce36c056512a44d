import { Component, type ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { defineTexts } from '../text/texts.ts'
import css from './welcome.module.css'

const { useText } = defineTexts(
  {
    title: 'This view could not be shown',
    more: 'The page may be out of date, or a part of it did not arrive. Nothing that you wrote is lost.',
    reload: 'Reload',
  },
  {
    title: '无法显示此页面',
    more: '页面可能已过期，或有部分内容未能加载。您写下的内容不会丢失。',
    reload: '重新加载',
  },
)

interface Props {
  /** Another one is another chance. */
  path: string
  children: ReactNode
}

interface Shown {
  path: string
  hasFailed: boolean
}

/** What breaks inside takes nothing else with it: the navigation stays, and other views work. */
export class FailureBoundary extends Component<Props, Shown> {
  override state: Shown = { path: this.props.path, hasFailed: false }

  static getDerivedStateFromError(): Partial<Shown> {
    return { hasFailed: true }
  }

  static getDerivedStateFromProps({ path }: Props, shown: Shown): Shown | null {
    return path === shown.path ? null : { path, hasFailed: false }
  }

  override render() {
    return this.state.hasFailed ? <Failure /> : this.props.children
  }
}

function Failure() {
  const t = useText()
  return (
    <main className={css.welcome}>
      <h2 role="alert">{t('title')}</h2>
      <p>{t('more')}</p>
      <Button onClick={() => location.reload()}>{t('reload')}</Button>
    </main>
  )
}
