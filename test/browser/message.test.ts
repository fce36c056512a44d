/** Messages about messages: answered, edited, recalled, reacted to; and members of a group who are mentioned. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Locator } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { db } from '../../lib/client/mysql.ts'
import * as chat from '../support/chat.ts'
import * as group from '../support/group.ts'
import { call, ok } from '../support/http.ts'
import { connect, type Socket } from '../support/socket.ts'
import { type Person, soon } from './person.ts'
import { befriend, friends, member } from './stage.ts'
import * as view from './view.ts'

const looks = { ada: { device: 'desktop' }, bob: { device: 'phone', theme: 'dark' } } as const

afterAll(async () => await db.destroy())

async function talking() {
  const { ada, bob } = await friends(looks)
  await Promise.all([ada.openChat(bob.name), bob.openChat(ada.name)])
  return { ada, bob }
}

/** Says it, and waits until it has its place. */
async function say(person: Person, text: string): Promise<void> {
  await person.say(text)
  await view
    .message(person.page, text)
    .getByText(/^(Sent|Read)$/)
    .first()
    .waitFor()
}

/** As soon as the service takes it. */
async function sayInTime(socket: Socket, target: chat.Target, text: string, more = {}): Promise<void> {
  const { type, retry_after_ms } = await chat.answer(socket, chat.send(socket, target, text, more))
  if (type === 5) return
  await pause(Number(retry_after_ms))
  await sayInTime(socket, target, text, more)
}

const edited = ({ page }: Person, text: string) => view.message(page, text).getByText('edited', { exact: true })
const recalled = ({ page }: Person) => view.message(page, 'This message was recalled')
const pill = ({ page }: Person, text: string, name: string | RegExp) =>
  view.reactions(view.message(page, text)).getByRole('button', { name })

describe('two people', () => {
  it('answer a message, and the answer leads to it, however far it is', async () => {
    const { ada, bob } = await talking()
    await say(ada, 'Tea at four?')
    await bob.act(view.message(bob.page, 'Tea at four?'), 'Reply')
    await bob.page.getByText(`Replying to ${ada.name}`).waitFor()
    await bob.say('Gladly')
    expect(await view.stop(bob.page).count()).toBe(0)
    const answer = view.message(ada.page, 'Gladly')
    await view.quote(answer, 'Tea at four?').waitFor()
    await ada.click(view.quote(answer, 'Tea at four?'))
    await view.messages(ada.page).and(ada.page.locator('[data-found]')).filter({ hasText: 'Tea at four?' }).waitFor()

    // So much is said meanwhile that a page which is opened anew has only the end.
    const [a, b] = await Promise.all([ada.account(), bob.account()])
    const socket = await connect({ token: a.token })
    for (const text of chat.texts(80)) await sayInTime(socket, b, text)
    await sayInTime(socket, b, 'So, tea?', { reply_to: 1 })
    await socket.close()
    ok(await call('POST', '/api/friend/mark-read', { token: b.token, body: { target_id: a.id } }))
    await bob.page.reload()
    const last = view.message(bob.page, 'So, tea?')
    await view.quote(last, 'Tea at four?').waitFor()
    expect(
      await view
        .messages(bob.page)
        .filter({ hasText: /^Tea at four/ })
        .count(),
    ).toBe(0)
    await bob.click(view.quote(last, 'Tea at four?'))
    const first = bob.page.locator('article[data-seq="1"]')
    await soon(async () => expect(await first.getAttribute('data-found')).toBe('true'))
    await soon(async () => expect(await isInView(first)).toBe(true))
    // The end is still there.
    await bob.click(view.jump(bob.page))
    await last.waitFor()
  })

  it('edit what they said, and think better of it', async () => {
    const { ada, bob } = await talking()
    await say(ada, 'Tea at fuor?')
    await say(bob, 'When?')
    await view.field(ada.page).fill('A draft')
    await ada.act(view.message(ada.page, 'Tea at fuor?'), 'Edit')
    expect(await view.field(ada.page).inputValue()).toBe('Tea at fuor?')
    await view.field(ada.page).press('Escape')
    expect(await view.field(ada.page).inputValue()).toBe('A draft')
    await ada.act(view.message(ada.page, 'Tea at fuor?'), 'Edit')
    await ada.fill(view.field(ada.page), 'Tea at four?')
    await ada.click(view.save(ada.page))
    expect(await view.field(ada.page).inputValue()).toBe('A draft')
    await view.field(ada.page).fill('')
    for (const one of [ada, bob]) await edited(one, 'Tea at four?').waitFor()
    expect(await view.message(bob.page, 'fuor').count()).toBe(0)

    // The last of one's own, by one key.
    await view.field(bob.page).press('ArrowUp')
    expect(await view.field(bob.page).inputValue()).toBe('When?')
    await bob.fill(view.field(bob.page), 'When, and where?')
    await bob.click(view.save(bob.page))
    for (const one of [ada, bob]) await edited(one, 'When, and where?').waitFor()

    // Nobody is told of it as of something new.
    await ada.page.reload()
    await edited(ada, 'When, and where?').waitFor()
    expect(await view.messages(ada.page).count()).toBe(2)
    expect(await ada.page.title()).not.toMatch(/^\(/)
  })

  it('recall what they said, of which nothing is left', async () => {
    const { ada, bob } = await talking()
    await say(ada, 'A secret')
    await bob.act(view.message(bob.page, 'A secret'), 'Reply')
    await bob.say('Tell me')
    await view.message(ada.page, 'Tell me').waitFor()
    await ada.act(view.message(ada.page, 'A secret').first(), 'Recall')
    const dialog = ada.page.getByRole('dialog')
    await ada.click(dialog.getByRole('button', { name: 'Recall' }))
    await dialog.waitFor({ state: 'detached' })
    for (const one of [ada, bob]) {
      await recalled(one).first().waitFor()
      await soon(async () => expect(await one.page.getByText('A secret').count()).toBe(0))
      await view.quote(view.message(one.page, 'Tell me'), 'This message was recalled').waitFor()
      await one.page.reload()
      await recalled(one).first().waitFor()
      expect(await one.page.getByText('A secret').count()).toBe(0)
    }
    expect(await view.actions(recalled(ada).first()).count()).toBe(0)
  })

  it('react with an emoji each, and take it back', async () => {
    const { ada, bob } = await talking()
    await say(ada, 'I got the job!')
    await bob.act(view.message(bob.page, 'I got the job!'), 'React with 👍')
    await pill(ada, 'I got the job!', `👍 1: ${bob.name}`).waitFor()
    await ada.click(pill(ada, 'I got the job!', /^👍/))
    await pill(bob, 'I got the job!', new RegExp(`^👍 2: .*${ada.name}`)).waitFor()
    await bob.act(view.message(bob.page, 'I got the job!'), 'Another emoji')
    await bob.fill(bob.page.getByRole('searchbox', { name: 'Search emoji' }), 'party popper')
    await bob.click(bob.page.getByRole('gridcell', { name: /party popper/i }).first())
    await pill(ada, 'I got the job!', `🎉 1: ${bob.name}`).waitFor()
    await ada.page.reload()
    await pill(ada, 'I got the job!', '👍 1: You').waitFor()
    expect(await pill(ada, 'I got the job!', /^👍/).getAttribute('aria-pressed')).toBe('true')
    await ada.click(pill(ada, 'I got the job!', /^👍/))
    await soon(async () => expect(await pill(bob, 'I got the job!', /^👍/).count()).toBe(0))
    await pill(bob, 'I got the job!', '🎉 1: You').waitFor()
  })

  it('are told why an edit is refused, and nothing of what they wrote is lost', async () => {
    const { ada, bob } = await talking()
    await say(ada, 'Said long ago')
    await view.message(bob.page, 'Said long ago').waitFor()
    const { id } = await ada.account()
    const longAgo = Date.now() - 2 * 86_400_000
    await db.updateTable('messages').set({ created_at: longAgo }).where('from_user_id', '=', id).execute()
    await ada.act(view.message(ada.page, 'Said long ago'), 'Edit')
    await ada.fill(view.field(ada.page), 'Said today')
    await ada.click(view.save(ada.page))
    await ada.page.getByText('It is too late to change this message.').waitFor()
    await view.message(ada.page, 'Said long ago').waitFor()
    await soon(async () => expect(await view.field(ada.page).inputValue()).toBe('Said today'))
    await view.field(ada.page).press('Escape')
    expect(await view.field(ada.page).inputValue()).toBe('')
    expect(await view.message(bob.page, 'Said long ago').count()).toBe(1)
  })
})

it('without a mouse a message is answered, edited and reacted to', async () => {
  const { ada, bob } = await talking()
  await say(bob, 'Tea or coffee?')
  await say(ada, 'Teh')
  const { keyboard } = ada.page
  // The focus may follow a key a moment later: until then the next key would be pressed for the same place.
  const move = async (key: string) => {
    const before = await ada.page.evaluateHandle(() => document.activeElement)
    await keyboard.press(key)
    await ada.page.waitForFunction((last) => document.activeElement !== last, before)
  }
  const openMenu = async (text: string) => {
    const button = view.actions(view.message(ada.page, text))
    await view.field(ada.page).focus()
    for (let presses = 0; presses < 20 && !(await hasFocus(ada)); presses++) await move('Shift+Tab')
    for (let presses = 0; presses < 5 && !(await button.evaluate(isActive)); presses++) await move('ArrowUp')
    expect(await button.evaluate(isActive)).toBe(true)
    await keyboard.press('Enter')
    const menu = ada.page.getByRole('menu')
    await soon(async () => expect(await menu.evaluate((all) => all.contains(document.activeElement))).toBe(true))
  }
  const choose = async (name: string) => {
    const item = ada.page.getByRole('menu').getByLabel(name).or(ada.page.getByRole('menuitem', { name }))
    for (let presses = 0; presses < 15 && !(await item.evaluate(isActive)); presses++) await move('ArrowDown')
    expect(await item.evaluate(isActive)).toBe(true)
    await keyboard.press('Enter')
  }
  await openMenu('Tea or coffee?')
  await choose('React with ❤️')
  await pill(bob, 'Tea or coffee?', `❤️ 1: ${ada.name}`).waitFor()

  await openMenu('Teh')
  await choose('Edit')
  await soon(async () => expect(await view.field(ada.page).evaluate(isActive)).toBe(true))
  await keyboard.type(', sorry')
  expect(await view.field(ada.page).inputValue()).toBe('Teh, sorry')
  await keyboard.press('Enter')
  await edited(ada, 'Teh, sorry').waitFor()
  await edited(bob, 'Teh, sorry').waitFor()

  await openMenu('Tea or coffee?')
  await choose('Reply')
  await soon(async () => expect(await view.field(ada.page).evaluate(isActive)).toBe(true))
  await keyboard.type('With milk')
  await keyboard.press('Enter')
  await view.quote(view.message(bob.page, 'With milk'), 'Tea or coffee?').waitFor()

  await openMenu('With milk')
  await keyboard.press('Escape')
  await soon(async () => expect(await view.actions(view.message(ada.page, 'With milk')).evaluate(isActive)).toBe(true))
})

it('members of a group are mentioned by name, told so, and those who came later see nothing of before', async () => {
  const { ada, bob } = await friends({ ada: looks.ada, bob: looks.bob })
  const carol = await member('carol')
  await befriend(ada, carol)
  const [a, b, c] = await Promise.all([ada.account(), bob.account(), carol.account()])
  const club = await group.create(a, 'Chess club')
  const socket = await connect({ token: a.token })
  const { seq } = await chat.say(socket, group.joined(club), 'Before Carol')
  ok(await group.actIn(a, 'invite', club, { user_ids: [b.id, c.id] }))
  ok(await group.actIn(a, 'members/update', club, { target_id: c.id, new_nickname: 'Carol the Rook' }))
  await chat.say(socket, group.joined(club), 'As I said', { reply_to: seq })
  await socket.close()

  await ada.openChat('Chess club')
  const field = view.field(ada.page)
  await field.pressSequentially('Your move, @ro')
  await view.candidates(ada.page).getByRole('option', { name: 'Carol the Rook' }).waitFor()
  await field.press('Enter')
  expect(await field.inputValue()).toBe('Your move, @Carol the Rook ')
  await field.pressSequentially('and @')
  await view.candidates(ada.page).getByRole('option', { name: 'everybody' }).waitFor()
  await field.press('Escape')
  expect(await view.candidates(ada.page).count()).toBe(0)
  await field.pressSequentially(' me!')
  await field.press('Enter')

  const entry = view.conversation(carol.page, 'Chess club')
  await entry.getByText('mentions you').waitFor({ state: 'attached' })
  await soon(async () => expect(await view.conversation(bob.page, 'Chess club').textContent()).toContain('Your move'))
  expect(await view.conversation(bob.page, 'Chess club').getByText('mentions you').count()).toBe(0)
  await carol.openChat('Chess club')
  await view.message(carol.page, 'Your move').getByText('@Carol the Rook', { exact: true }).waitFor()
  await view.message(carol.page, 'As I said').getByText('Message not available').waitFor()
  await soon(async () => expect(await entry.getByText('mentions you').count()).toBe(0))

  // Only those who run the group mention all.
  await view.field(carol.page).pressSequentially('Check, @every')
  await view.field(carol.page).press('Enter')
  // Ada has the group open, and may have read it already.
  await view
    .message(carol.page, 'Check, @every')
    .getByText(/^(Sent|Read)$/)
    .waitFor()
  await field.pressSequentially('Tea, @every')
  await view.candidates(ada.page).getByRole('option', { name: 'everybody' }).waitFor()
  await field.press('Tab')
  await field.press('Enter')
  const bobs = view.conversation(bob.page, 'Chess club')
  await bobs.getByText('mentions you').waitFor({ state: 'attached' })
  await bob.page.reload()
  await bobs.getByText('mentions you').waitFor({ state: 'attached' })
  await bob.openChat('Chess club')
  await view.message(bob.page, 'Tea,').getByText('@everybody', { exact: true }).waitFor()
})

const isActive = (element: Element): boolean => element === document.activeElement
const hasFocus = ({ page }: Person): Promise<boolean> =>
  page.evaluate(() => document.activeElement?.matches('[data-does=menu]') ?? false)

const isInView = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => {
    const box = element.getBoundingClientRect()
    const log = element.closest('[role=log]')?.getBoundingClientRect()
    return log !== undefined && box.top >= log.top && box.bottom <= log.bottom
  })
