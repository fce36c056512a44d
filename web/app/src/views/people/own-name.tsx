import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { defineTexts } from '../../text/texts.ts'
import css from './people.module.css'

const { useText } = defineTexts(
  {
    label: 'Your username',
    more: 'Give this name to friends.',
    copy: 'Copy',
    copied: 'Copied',
    selected: 'It is selected: copy it with Ctrl or ⌘ and C.',
  },
  {
    label: '您的用户名',
    more: '把这个名字告诉好友。',
    copy: '复制',
    copied: '已复制',
    selected: '已选中，请按 Ctrl 或 ⌘ + C 复制。',
  },
)

const shownMs = 2_000

/** Where a page may not write to the clipboard, as over plain HTTP, the name is selected. */
async function copy(text: string, shown: HTMLElement): Promise<'copied' | 'selected'> {
  try {
    await navigator.clipboard.writeText(text)
    return 'copied'
  } catch {
    getSelection()?.selectAllChildren(shown)
    return 'selected'
  }
}

export function OwnName() {
  const t = useText()
  const username = useApp(({ session }) => session?.username ?? '')
  const shown = useRef<HTMLElement>(null)
  const [outcome, setOutcome] = useState<'copied' | 'selected'>()
  useEffect(() => {
    if (outcome !== 'copied') return
    const timer = setTimeout(() => setOutcome(undefined), shownMs)
    return () => clearTimeout(timer)
  }, [outcome])
  const Icon = outcome === 'copied' ? Check : Copy
  return (
    <section className={css.own} aria-label={t('label')}>
      <div className={css.words}>
        <p className={css.label}>{t('label')}</p>
        <bdi className={css.ownName} ref={shown}>
          {username}
        </bdi>
        <p className={css.hint} role="status">
          {outcome ? t(outcome) : t('more')}
        </p>
      </div>
      <Button onClick={() => shown.current && void copy(username, shown.current).then(setOutcome)}>
        <Icon size={18} aria-hidden="true" />
        {t('copy')}
      </Button>
    </section>
  )
}
