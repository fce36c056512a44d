import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { useApp } from '../model/state.ts'
import { defineTexts } from '../text/texts.ts'
import { Banner } from './banner.tsx'
import { ConversationList } from './conversation-list.tsx'
import { Navigation, unreadOf, useSectionName } from './navigation.tsx'
import { keyAt } from './paths.ts'
import css from './shell.module.css'
import { useTitle } from './title.ts'

const { useText } = defineTexts({ skip: 'Skip to the content' }, { skip: '跳到内容' })

/** What stands around every view of somebody who is signed in: navigation, the list of conversations, banners. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useText()
  const [path] = useLocation()
  const list = useRef<HTMLDivElement>(null)
  const pane = useRef<HTMLDivElement>(null)
  // A phone shows one of them.
  const goOn = () => [pane, list].find(({ current }) => isSeen(current))?.current?.focus({ preventScroll: true })
  useShellTitle(path)
  useKeptFocus(path, goOn)

  const skip = (event: MouseEvent) => {
    event.preventDefault()
    goOn()
  }
  return (
    <div className={css.shell} data-screen={screenOf(path)}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place of this page, which is another one on a phone. */}
      <a className={css.skip} href="#pane" onClick={skip}>
        {t('skip')}
      </a>
      <Banner />
      <Navigation path={path} />
      <div className={css.list} ref={list} tabIndex={-1}>
        <ConversationList currentKey={keyAt(path)} isAlone={path === '/'} />
      </div>
      <div className={css.pane} id="pane" ref={pane} tabIndex={-1}>
        {children}
      </div>
    </div>
  )
}

/** What a phone shows of the three: it has room for one. */
const screenOf = (path: string): 'list' | 'thread' | 'page' => (path === '/' ? 'list' : keyAt(path) ? 'thread' : 'page')

function useShellTitle(path: string): void {
  const section = useSectionName(path)
  const key = keyAt(path)
  const title = useApp(({ conversations }) => (key === undefined ? undefined : conversations[key]?.title))
  useTitle(title ?? section, useApp(unreadOf))
}

const isSeen = (element: Element | null): boolean => element?.checkVisibility({ visibilityProperty: true }) ?? false

/** What was pressed may be hidden by where it led: then reading goes on from the view that came. */
function useKeptFocus(path: string, goOn: () => void): void {
  const before = useRef(path)
  useEffect(() => {
    if (before.current === path) return
    before.current = path
    const { activeElement } = document
    if (activeElement === document.body || !isSeen(activeElement)) goOn()
  })
}
