import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const firstPaint = readFileSync(new URL('../../public/theme.js', import.meta.url), 'utf8')

/** What theme.ts and theme.js ask of a browser. `kept` is undefined where storage is forbidden. */
function openBrowser(kept: Map<string, string> | undefined, isDark: boolean) {
  const heard: (() => void)[] = []
  const media = { matches: isDark, addEventListener: (_: 'change', told: () => void) => heard.push(told) }
  const documentElement = { dataset: {} as { theme?: string } }
  const storage = () => {
    if (!kept) throw new Error('SecurityError')
    return { getItem: (key: string) => kept.get(key) ?? null, setItem: kept.set.bind(kept) }
  }
  const page = {
    document: { documentElement, head: { querySelector: () => null } },
    matchMedia: () => media,
    getComputedStyle: () => ({ getPropertyValue: () => '' }),
  }
  const withStorage = Object.defineProperty({ ...page }, 'localStorage', { get: storage })
  const turn = (toDark: boolean) => {
    media.matches = toDark
    for (const told of heard) told()
  }
  return { page, withStorage, storage, turn, shown: () => documentElement.dataset.theme }
}

async function load(browser: ReturnType<typeof openBrowser>) {
  vi.stubGlobal('window', browser.page)
  for (const [name, value] of Object.entries(browser.page)) vi.stubGlobal(name, value)
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: browser.storage })
  const theme = await import('../../src/theme.ts')
  theme.startTheme()
  return theme
}

beforeEach(() => vi.resetModules())
afterEach(() => {
  vi.unstubAllGlobals()
  Reflect.deleteProperty(globalThis, 'localStorage')
})

describe.each([undefined, 'system', 'light', 'dark', 'sepia'])('of the choice %s', (chosen) => {
  test.each([false, true])('the first paint is what stays, in a system that is dark: %s', async (isDark) => {
    const browser = openBrowser(new Map(chosen ? [['gochat.theme', chosen]] : []), isDark)
    runInNewContext(firstPaint, browser.withStorage)
    const first = browser.shown()
    expect(first).toBe(chosen === 'light' || chosen === 'dark' ? chosen : isDark ? 'dark' : 'light')
    await load(browser)
    expect(browser.shown()).toBe(first)
  })
})

test('the system is followed while that is the choice', async () => {
  const browser = openBrowser(new Map(), false)
  const { setTheme } = await load(browser)
  browser.turn(true)
  expect(browser.shown()).toBe('dark')
  setTheme('light')
  browser.turn(false)
  browser.turn(true)
  expect(browser.shown()).toBe('light')
  setTheme('system')
  expect(browser.shown()).toBe('dark')
})

test('a choice is there again when the page is opened again', async () => {
  const kept = new Map<string, string>()
  const { setTheme } = await load(openBrowser(kept, false))
  setTheme('dark')
  const again = openBrowser(kept, false)
  runInNewContext(firstPaint, again.withStorage)
  expect(again.shown()).toBe('dark')
})

test('a browser that keeps nothing still has themes', async () => {
  const browser = openBrowser(undefined, true)
  runInNewContext(firstPaint, browser.withStorage)
  expect(browser.shown()).toBe('dark')
  const { setTheme } = await load(browser)
  setTheme('light')
  expect(browser.shown()).toBe('light')
})
