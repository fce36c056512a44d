/** Where things are on the page, by their roles and names: what a screen reader would find. */
import type { Locator, Page } from 'playwright-core'

const beginning = (text: string): RegExp => new RegExp(`^${text.replaceAll(/[^\w ]/g, '\\$&')}`)

export const username = (page: Page): Locator => page.getByLabel('Username', { exact: true })
export const password = (page: Page): Locator => page.getByLabel('Password', { exact: true })

/** What only somebody who is signed in is shown. */
export const navigation = (page: Page): Locator => page.getByRole('navigation', { name: 'Main' })
export const list = (page: Page): Locator => page.getByRole('list', { name: 'Conversations' })
/** The entry of a conversation, whose name begins with its title. */
export const conversation = (page: Page, title: string): Locator =>
  list(page).getByRole('link', { name: beginning(title) })

export const log = (page: Page): Locator => page.getByRole('log', { name: 'Messages' })
export const messages = (page: Page): Locator => log(page).getByRole('article')
export const message = (page: Page, text: string): Locator => messages(page).filter({ hasText: text })
export const field = (page: Page): Locator => page.getByRole('textbox', { name: 'Message' })
export const send = (page: Page): Locator => page.getByRole('button', { name: 'Send', exact: true })
export const back = (page: Page): Locator =>
  page.getByRole('link', { name: /^Back/ }).or(page.getByRole('button', { name: /^Back/ }))

export const quote = (message: Locator, text: string): Locator => message.getByRole('button', { name: text })
export const reactions = (message: Locator): Locator => message.getByRole('group', { name: 'Reactions' })
export const actions = (message: Locator): Locator =>
  message.getByRole('button', { name: 'What to do with this message' })
export const candidates = (page: Page): Locator => page.getByRole('listbox', { name: 'Mention' })
/** What stands above the field while a message is answered or edited. */
export const stop = (page: Page): Locator => page.getByRole('button', { name: 'Stop', exact: true })
export const save = (page: Page): Locator => page.getByRole('button', { name: 'Save', exact: true })

export const jump = (page: Page): Locator => page.getByRole('button', { name: 'Jump to the newest' })
export const more = (page: Page): Locator => page.getByRole('button', { name: 'More', exact: true })

export const requests = (page: Page): Locator => page.getByRole('list', { name: 'Requests' })
export const blocked = (page: Page): Locator => page.getByRole('list', { name: 'Blocked' })
export const banner = (page: Page): Locator => page.getByRole('status')

export const offlineText = 'You are offline. What you send is kept and goes out by itself.'
