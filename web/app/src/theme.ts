/** Light or dark. `public/theme.js` does the same for the first paint, before this is loaded. */
import { useSyncExternalStore } from 'react'
import { keepChoice, readChoice } from './stored.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const dark = window.matchMedia('(prefers-color-scheme: dark)')
const changed = new Set<() => void>()
let theme: Theme = themes.find((one) => one === readChoice('theme')) ?? 'system'

function show(): void {
  const { documentElement, head } = document
  documentElement.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
  const paper = getComputedStyle(documentElement).getPropertyValue('--paper')
  head.querySelector('meta[name="theme-color"]')?.setAttribute('content', paper.trim())
}

/** Shows the theme that was chosen, and follows the system while that is the choice. Called once. */
export function startTheme(): void {
  dark.addEventListener('change', show)
  show()
}

export function setTheme(chosen: Theme): void {
  theme = chosen
  keepChoice('theme', chosen)
  show()
  for (const tell of changed) tell()
}

const subscribe = (tell: () => void) => {
  changed.add(tell)
  return () => changed.delete(tell)
}

/** What was chosen: not what is shown. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, () => theme)
