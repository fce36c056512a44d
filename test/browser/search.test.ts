/** Finding messages: in all conversations and in one, by keyboard, on a phone, and back to the newest. */
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import * as chat from '../support/chat.ts'
import * as friend from '../support/friend.ts'
import * as group from '../support/group.ts'
import { ok } from '../support/http.ts'
import { connect } from '../support/socket.ts'
import { type Person, soon } from './person.ts'
import { friends } from './stage.ts'
import * as view from './view.ts'

const panel = (page: Page, name = 'Find messages'): Locator => page.getByRole('search', { name })
const field = (page: Page): Locator => page.getByRole('searchbox', { name: /^Find/ })
const results = (page: Page): Locator => page.getByRole('list', { name: 'Results' }).getByRole('link')
const found = (page: Page): Locator => view.log(page).locator('[data-found]')

/** What `from` has said, by another device. */
async function say(from: Person, target: chat.Target, texts: string[]): Promise<void> {
  const { token } = await from.account()
  const socket = await connect({ token })
  await chat.sayAll(socket, target, texts)
  await socket.close()
}

const isInView = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return top >= 0 && bottom <= window.innerHeight
  })

it('A message is found in any conversation, by the keyboard, and shown where it was said', async () => {
  const { ada, bob } = await friends()
  const [a, b] = await Promise.all([ada.account(), bob.account()])
  const chess = await group.create(a, 'Chess club')
  ok(await group.actIn(a, 'invite', chess, { user_ids: [b.id] }))
  await say(bob, a, ['The bridge is closed', ...chat.texts(150)])
  await say(bob, group.joined(chess), ['Meet at the Bridge, not here'])
  ok(await friend.act(a, 'mark-read', b))
  const { page } = ada
  await page.reload()

  const open = page.getByRole('button', { name: 'Find messages' })
  await ada.click(open)
  await soon(async () => expect(await field(page).evaluate((one) => one === document.activeElement)).toBe(true))
  await page.keyboard.type('BRIDGE')
  await soon(async () => expect(await results(page).count()).toBe(2))
  expect(await results(page).allInnerTexts()).toEqual([
    expect.stringMatching(/Chess club[\s\S]*bob_\w+: Meet at the Bridge, not here/),
    expect.stringMatching(/bob_[\s\S]*The bridge is closed/),
  ])
  expect(await results(page).locator('mark').allInnerTexts()).toEqual(['Bridge', 'bridge'])
  await panel(page).getByText('2 messages').waitFor()

  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/chat/${b.id}`)
  await soon(async () => expect(await found(page).innerText()).toContain('The bridge is closed'))
  expect(await isInView(found(page))).toBe(true)
  // It stands out for a moment.
  await found(page).waitFor({ state: 'detached' })
  await view.message(page, 'The bridge is closed').waitFor()

  await field(page).focus()
  await page.keyboard.press('Escape')
  await panel(page).waitFor({ state: 'detached' })
  await soon(async () => expect(await open.evaluate((one) => one === document.activeElement)).toBe(true))
  await view.conversation(page, bob.name).waitFor()
})

it('In a conversation one goes from a message of long ago on to the newest, by reading, by a button, or by answering', async () => {
  const { ada, bob } = await friends()
  const a = await ada.account()
  await say(bob, a, chat.texts(180, 'line'))
  ok(await friend.act(a, 'mark-read', await bob.account()))
  const { page } = ada
  await page.reload()
  await ada.openChat(bob.name)
  const here = 'Find in this conversation'
  await ada.click(page.getByRole('button', { name: here }))
  await ada.fill(field(page), 'line 60')
  await ada.click(results(page).first())
  await soon(async () => expect(await found(page).innerText()).toContain('line 60'))
  expect(await isInView(found(page))).toBe(true)

  await ada.click(view.jump(page))
  await view.message(page, 'line 180').waitFor()
  await soon(async () => expect(await view.jump(page).count()).toBe(0))

  await ada.fill(field(page), 'line 100')
  await soon(async () => expect(await results(page).allInnerTexts()).toEqual([expect.stringContaining('line 100')]))
  await ada.click(results(page).first())
  await soon(async () => expect(await found(page).innerText()).toContain('line 100'))
  const box = await view.log(page).boundingBox()
  await page.mouse.move((box?.x ?? 0) + 50, (box?.y ?? 0) + 200)
  await soon(async () => {
    await page.mouse.wheel(0, 600)
    expect(await view.message(page, 'line 180').count()).toBe(1)
    expect(await view.jump(page).count()).toBe(0)
  })

  await ada.fill(field(page), 'line 20')
  await soon(async () => expect(await results(page).last().innerText()).toMatch(/line 20$/))
  await ada.click(results(page).last())
  await soon(async () => expect(await found(page).innerText()).toContain('line 20'))
  await ada.say('An answer')
  await view.message(page, 'An answer').getByText('Sent', { exact: true }).waitFor()
  expect(await isInView(view.message(page, 'An answer'))).toBe(true)
})

it('What is nowhere is said to be nowhere, and a failure can be tried again', async () => {
  const { ada, bob } = await friends()
  await say(bob, await ada.account(), ['hello'])
  const { page } = ada
  await ada.click(page.getByRole('button', { name: 'Find messages' }))
  await panel(page).getByText('Words of a message, in any of your conversations.').waitFor()
  await ada.fill(field(page), 'goodbye')
  await panel(page).getByText('Nothing found for “goodbye”.').waitFor()
  await ada.cut()
  await ada.fill(field(page), 'hello')
  await panel(page).getByRole('alert').waitFor()
  await ada.mend()
  await ada.click(panel(page).getByRole('button', { name: 'Try again' }))
  await soon(async () => expect(await results(page).count()).toBe(1))
})

it('On a phone the result takes the place of the search', async () => {
  const { ada, bob } = await friends({ ada: { device: 'phone' } })
  const a = await ada.account()
  await say(bob, a, ['The first of all', ...chat.texts(120)])
  ok(await friend.act(a, 'mark-read', await bob.account()))
  const { page } = ada
  await page.reload()
  await ada.click(page.getByRole('button', { name: 'Find messages' }))
  await ada.fill(field(page), 'first of')
  await ada.click(results(page).first())
  await soon(async () => expect(await found(page).innerText()).toContain('The first of all'))
  expect(await isInView(found(page))).toBe(true)

  await ada.choose('Find in this conversation')
  await ada.fill(field(page), 'message')
  await soon(async () => expect(await results(page).count()).toBe(50))
  const box = await page.getByRole('list', { name: 'Results' }).locator('..').boundingBox()
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(page.viewportSize()?.height)
  // Nothing of the messages shows through, nor can be reached.
  expect(await view.messages(page).first().isVisible()).toBe(false)
  await ada.fill(field(page), 'message 77')
  await soon(async () => expect(await results(page).count()).toBe(1))
  await ada.click(results(page).first())
  await field(page).waitFor({ state: 'detached' })
  await soon(async () => expect(await found(page).innerText()).toContain('message 77'))
  expect(await isInView(found(page))).toBe(true)
  // The results of before are still in the list.
  await ada.click(view.back(page))
  expect(await results(page).count()).toBe(1)
})
