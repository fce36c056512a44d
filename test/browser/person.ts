/** Somebody at a browser of their own: a phone or a desktop, in a theme and a language. */
import { type BrowserContext, type BrowserContextOptions, devices, type Locator, type Page } from 'playwright-core'
import { vi } from 'vitest'
import { login, password } from '../support/people.ts'
import { claimsOf } from '../support/token.ts'
import { Faults, reportViolations } from './faults.ts'
import type { Gate } from './gate.ts'
import * as view from './view.ts'

export interface Look {
  device?: 'phone' | 'desktop'
  theme?: 'light' | 'dark'
  language?: 'en' | 'zh'
}

const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } } as const

export const optionsOf = ({ device = 'desktop', theme = 'light', language = 'en' }: Look): BrowserContextOptions => ({
  viewport: sizes[device],
  colorScheme: theme,
  locale: language === 'zh' ? 'zh-CN' : 'en-GB',
  timezoneId: 'Asia/Shanghai',
  reducedMotion: 'reduce',
  ...(device === 'phone' && {
    isMobile: true,
    hasTouch: true,
    userAgent: devices['Pixel 7']?.userAgent ?? '',
  }),
})

/** How long a condition is waited for. */
const patienceMs = 15_000

/** Waits until `look` throws nothing. */
export const soon = <Result>(look: () => Result | Promise<Result>, timeout = patienceMs): Promise<Result> =>
  vi.waitFor(look, { timeout, interval: 50 })

export class Person {
  readonly context: BrowserContext
  readonly gate: Gate
  readonly name: string
  readonly look: Look
  readonly faults: Faults
  password = password
  /** Clicks and filled fields so far. */
  actions = 0
  /** Called after each of them. */
  onAction: (() => Promise<void>) | undefined
  #page: Page | undefined

  constructor(context: BrowserContext, gate: Gate, name: string, look: Look) {
    this.context = context
    this.gate = gate
    this.name = name
    this.look = look
    this.faults = new Faults(context, gate.url)
    context.setDefaultTimeout(patienceMs)
  }

  /** The tab that was opened last. */
  get page(): Page {
    if (!this.#page) throw new Error(`${this.name} has opened nothing`)
    return this.#page
  }

  /** Opens a tab. */
  async open(path = '/'): Promise<Page> {
    if (!this.#page) await this.context.addInitScript(reportViolations)
    const page = await this.context.newPage()
    this.#page = page
    await page.goto(this.gate.url + path)
    return page
  }

  /** A person's click: the target is there, visible, at rest, and under nothing else. */
  async click(target: Locator): Promise<void> {
    await (this.look.device === 'phone' ? target.tap() : target.click())
    await this.#acted()
  }

  async fill(target: Locator, text: string): Promise<void> {
    await target.fill(text)
    await this.#acted()
  }

  async signUp(): Promise<void> {
    await this.click(this.page.getByRole('link', { name: /^Create (an )?account/ }))
    await this.fill(view.username(this.page), this.name)
    await this.fill(view.password(this.page), this.password)
    await this.click(this.page.getByRole('button', { name: 'Create account' }))
    await view.navigation(this.page).waitFor()
  }

  /** In any language: the form has two fields. */
  async signIn(): Promise<void> {
    const fields = this.page.locator('form input')
    await this.fill(fields.nth(0), this.name)
    await this.fill(fields.nth(1), this.password)
    await fields.nth(1).press('Enter')
    await this.page.waitForURL((url) => !/sign-(in|up)/.test(url.pathname))
  }

  /** The service's own view of this person. */
  async account(): Promise<{ id: number; token: string; username: string; password: string }> {
    const token = await login(this.name, this.password)
    return { id: claimsOf(token).user_id, token, username: this.name, password: this.password }
  }

  /** Goes by the navigation; on a phone it may lie behind an open conversation. */
  async go(name: 'Chats' | 'People' | 'Settings'): Promise<void> {
    const link = view.navigation(this.page).getByRole('link', { name })
    if (!(await link.isVisible())) await this.click(view.back(this.page))
    await this.click(link)
  }

  async openChat(title: string): Promise<void> {
    await this.click(view.conversation(this.page, title))
    await view.field(this.page).waitFor()
  }

  async say(text: string): Promise<void> {
    await this.fill(view.field(this.page), text)
    await this.click(view.send(this.page))
  }

  /** Finds somebody by name and asks for friendship. */
  async request(username: string, remark?: string): Promise<void> {
    const { page } = this
    await this.go('People')
    await this.fill(page.getByRole('searchbox', { name: 'Username' }), username)
    await this.click(page.getByRole('button', { name: 'Search' }))
    await this.click(page.getByRole('button', { name: 'Add friend' }))
    const dialog = page.getByRole('dialog')
    if (remark !== undefined) await this.fill(dialog.getByLabel('Remark'), remark)
    await this.click(dialog.getByRole('button', { name: 'Send request' }))
    await dialog.waitFor({ state: 'detached' })
  }

  /** Accepts the only request that waits. */
  async accept(): Promise<void> {
    await this.go('People')
    const requests = view.requests(this.page)
    await this.click(requests.getByRole('button', { name: 'Accept' }))
    await requests.getByRole('button', { name: 'Accept' }).waitFor({ state: 'detached' })
  }

  /** An item of the open conversation's menu. */
  async choose(item: string): Promise<void> {
    await this.click(view.more(this.page))
    await this.click(this.page.getByRole('menuitem', { name: item }))
  }

  /** The menu of a message: by a pointer beside it, or by a finger that stays on it. */
  async openActions(message: Locator): Promise<void> {
    if (this.look.device === 'phone') return await this.#hold(message.locator('[data-bubble]'))
    await message.hover()
    await this.click(view.actions(message))
    await this.page.getByRole('menu').waitFor()
  }

  /** An item of it. */
  async act(message: Locator, item: string): Promise<void> {
    await this.openActions(message)
    await this.click(
      this.page
        .getByRole('menu')
        .getByLabel(item)
        .or(this.page.getByRole('menuitem', { name: item })),
    )
  }

  async #hold(target: Locator): Promise<void> {
    await target.scrollIntoViewIfNeeded()
    const box = await target.boundingBox()
    if (!box) throw new Error(`${target} is not on the screen`)
    const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }]
    const session = await this.context.newCDPSession(this.page)
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints })
    await this.page.getByRole('menu').waitFor()
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await session.detach()
  }

  /** The device has no network any more, and the browser knows it. */
  async cut(): Promise<void> {
    this.faults.cut()
    await this.context.setOffline(true)
    // What is open would outlive this setting.
    this.gate.lose()
    this.gate.end()
  }

  async mend(): Promise<void> {
    this.gate.find()
    await this.context.setOffline(false)
    this.faults.mend()
  }

  /** Whatever is sent is lost, and nobody is told. */
  enterTunnel(): void {
    this.faults.cut()
    this.gate.lose()
  }

  leaveTunnel(): void {
    this.gate.find()
    this.gate.end()
    this.faults.mend()
  }

  async #acted(): Promise<void> {
    this.actions += 1
    await this.onAction?.()
  }
}
