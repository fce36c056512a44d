/** Without a mouse: sign in, open a conversation, send, and come back. */
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { register, uniqueName } from '../support/people.ts'
import { soon } from './person.ts'
import { befriend, member, newcomer } from './stage.ts'
import * as view from './view.ts'

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'ArrowDown' = 'Tab'): Promise<void> {
  await target.waitFor()
  for (let presses = 0; presses < 60; presses++) {
    if (await hasFocus(target)) return
    await page.keyboard.press(key)
  }
  throw new Error(`no ${key} leads to ${target}`)
}

const hasFocus = (target: Locator): Promise<boolean> => target.evaluate((element) => element === document.activeElement)

it('Everything that a conversation takes can be done by the keyboard', async () => {
  const bob = await member('bob')
  const ada = await newcomer(uniqueName('ada'))
  await register(ada.name)
  const { keyboard } = await ada.open()
  const { page } = ada
  await tabTo(page, view.username(page))
  await keyboard.type(ada.name)
  await tabTo(page, view.password(page))
  await keyboard.type(ada.password)
  await keyboard.press('Enter')
  await view.navigation(page).waitFor()
  await befriend(ada, bob)

  await tabTo(page, view.conversation(page, bob.name))
  await keyboard.press('Enter')
  await view.field(page).waitFor()
  await tabTo(page, view.field(page))
  await keyboard.type('By the keyboard')
  await keyboard.press('Shift+Enter')
  await keyboard.type('alone')
  await keyboard.press('Enter')
  await view.message(page, 'By the keyboard').getByText('Sent', { exact: true }).waitFor()
  await bob.openChat(ada.name)
  await view.message(bob.page, 'alone').waitFor()
  // The field keeps the focus, for the next one.
  expect(await hasFocus(view.field(page))).toBe(true)
  await keyboard.type('And more')
  await tabTo(page, view.send(page))
  await keyboard.press('Enter')
  await view.message(bob.page, 'And more').waitFor()

  await tabTo(page, view.more(page))
  await keyboard.press('Enter')
  await tabTo(page, page.getByRole('menuitem', { name: 'Rename' }), 'ArrowDown')
  await keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await keyboard.press('Escape')
  await soon(async () => expect(await hasFocus(view.more(page))).toBe(true))

  await tabTo(page, view.navigation(page).getByRole('link', { name: 'Chats' }))
  await keyboard.press('Enter')
  await soon(async () => expect(await view.field(page).count()).toBe(0))
})
