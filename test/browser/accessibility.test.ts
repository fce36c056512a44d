/** Each view in both themes, on a phone and a desktop, held to WCAG by axe: nothing serious, nothing critical. */
import { describe, it } from 'vitest'
import * as chat from '../support/chat.ts'
import * as friend from '../support/friend.ts'
import * as group from '../support/group.ts'
import { ok } from '../support/http.ts'
import { person as account } from '../support/people.ts'
import { connect, type Socket } from '../support/socket.ts'
import { check } from './axe.ts'
import type { Look, Person } from './person.ts'
import { friends, newcomer } from './stage.ts'
import * as view from './view.ts'

const looks: Look[] = (['phone', 'desktop'] as const).flatMap((device) =>
  (['light', 'dark'] as const).map((theme) => ({ device, theme })),
)
const pages = ['Profile', 'Password', 'Sessions', 'Appearance', 'Notifications', 'Your data']

describe.each(looks)('on a $device, $theme', (look) => {
  it('nobody is shut out before the sign-in', async () => {
    const person = await newcomer('nobody', look)
    await person.open('/sign-in')
    await person.page.getByRole('button', { name: 'Sign in' }).waitFor()
    await check(person, 'sign-in')
    await person.open('/sign-up')
    await person.page.getByRole('button', { name: 'Create account' }).waitFor()
    await check(person, 'sign-up')
  })

  it('nobody is shut out of conversations', async () => {
    const { ada, bob } = await friends({ ada: look })
    await talk(bob, ada)
    await view.conversation(ada.page, bob.name).getByText('3 unread').waitFor({ state: 'attached' })
    await check(ada, 'conversations')
    await ada.openChat(bob.name)
    await view.message(ada.page, 'third').waitFor()
    await ada.say('An answer')
    await view.message(ada.page, 'An answer').getByText('Sent', { exact: true }).waitFor()
    await check(ada, 'a conversation')
    await ada.click(view.more(ada.page))
    await check(ada, 'its menu')
    await ada.click(ada.page.getByRole('menuitem', { name: 'Rename' }))
    await check(ada, 'a dialog')
    await ada.page.keyboard.press('Escape')
    await ada.click(ada.page.getByRole('button', { name: 'Attach' }))
    await check(ada, 'what can be attached')
    await ada.page.keyboard.press('Escape')
    const files = [
      { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('bread') },
      { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
    ]
    await ada.page.locator('input[type=file]').last().setInputFiles(files)
    await ada.page.getByText('it is empty or broken').waitFor()
    await check(ada, 'files that are about to be sent')
    for (const { name } of files) await ada.click(ada.page.getByRole('button', { name: `Remove ${name}` }))
    await ada.cut()
    await view.banner(ada.page).getByText(view.offlineText).waitFor()
    await ada.say('Kept')
    await view.message(ada.page, 'Kept').getByText('Sending', { exact: true }).waitFor()
    await check(ada, 'without a network')
    await ada.mend()
  })

  it('nobody is shut out of a search', async () => {
    const { ada, bob } = await friends({ ada: look })
    await talk(bob, ada)
    const { page } = ada
    await ada.click(page.getByRole('button', { name: 'Find messages' }))
    await check(ada, 'a search')
    await ada.fill(page.getByRole('searchbox', { name: 'Find messages' }), 'ir')
    await page.getByRole('list', { name: 'Results' }).getByText('first').waitFor()
    await check(ada, 'what it has found')
    await ada.click(page.getByRole('list', { name: 'Results' }).getByRole('link').first())
    await page.locator('[data-found]').waitFor()
    await check(ada, 'a message that was found')
    const inHead = page.getByRole('button', { name: 'Find in this conversation' })
    if (await inHead.isVisible()) await ada.click(inHead)
    else await ada.choose('Find in this conversation')
    await ada.fill(page.getByRole('searchbox', { name: 'Find in this conversation' }), 'nowhere')
    await page.getByText('Nothing found for “nowhere”.').waitFor()
    await check(ada, 'a search in a conversation')
  })

  it('nobody is shut out of what becomes of messages', async () => {
    const { ada, bob } = await friends({ ada: look })
    const [one, other] = await Promise.all([ada.account(), bob.account()])
    const [mine, theirs] = await Promise.all([connect({ token: one.token }), connect({ token: other.token })])
    for (const [socket, target] of [[mine, other] as const, [theirs, one] as const]) {
      const { seq: gone } = await chat.say(socket, target, 'Gone')
      await chat.say(socket, target, 'An answer', { reply_to: gone })
      await change(socket, target, { seq: gone, action: 'recall' })
      const { seq } = await chat.say(socket, target, 'Te?')
      await change(socket, target, { seq, action: 'edit', content: 'Tea?' })
      await change(mine, other, { seq, action: 'react', content: '👍' })
      await change(theirs, one, { seq, action: 'react', content: '🎉' })
    }
    await Promise.all([mine.close(), theirs.close()])
    await ada.openChat(bob.name)
    await view.message(ada.page, 'Tea?').last().waitFor()
    await check(ada, 'messages that were changed')
    await ada.act(view.message(ada.page, 'Tea?').last(), 'Reply')
    await check(ada, 'an answer that is about to be sent')
    await ada.openActions(view.message(ada.page, 'Tea?').last())
    await check(ada, 'the menu of a message')
  })

  it('nobody is shut out of groups', async () => {
    const { ada, bob } = await friends({ ada: look })
    const [own, other] = await Promise.all([ada.account(), bob.account()])
    const chess = await group.create(own, 'Chess club')
    ok(await group.actIn(own, 'invite', chess, { user_ids: [other.id] }))
    const socket = await connect({ token: other.token })
    await chat.say(socket, group.joined(chess), 'Who plays white?')
    await socket.close()
    await ada.openChat('Chess club')
    await view.message(ada.page, 'Who plays white?').waitFor()
    await check(ada, 'a group')
    await view.field(ada.page).pressSequentially('@')
    await view.candidates(ada.page).waitFor()
    await check(ada, 'members who can be mentioned')
    await view.field(ada.page).fill('')
    await ada.choose('Members')
    await ada.page.getByRole('list', { name: 'Members' }).getByText(bob.name).waitFor()
    await check(ada, 'its members')
  })

  it('nobody is shut out of people and settings', async () => {
    const { ada, bob } = await friends({ ada: look })
    const [carol, blocked] = await Promise.all([account('carol'), account('dan')])
    const own = await ada.account()
    await friend.request(carol, own, 'Shall we talk?')
    await friend.act(own, 'block', blocked)
    await ada.go('People')
    await view.requests(ada.page).getByText(carol.username).waitFor()
    await view.blocked(ada.page).getByText(blocked.username).waitFor()
    await ada.fill(ada.page.getByRole('searchbox', { name: 'Username' }), bob.name)
    await ada.click(ada.page.getByRole('button', { name: 'Search' }))
    await check(ada, 'people')
    await ada.go('Settings')
    await check(ada, 'settings')
    for (const name of pages) {
      await ada.go('Settings')
      await ada.click(ada.page.getByRole('link', { name }))
      await ada.page.getByRole('heading', { name }).first().waitFor()
      await check(ada, name)
    }
  })
})

async function change(socket: Socket, target: chat.Target, given: object): Promise<void> {
  const client_msg_id = JSON.stringify([target.id, given])
  socket.send({ type: 11, ...chat.named(target), ...given, client_msg_id })
  await chat.acked(socket, client_msg_id)
}

async function talk(from: Person, to: Person): Promise<void> {
  const [one, other] = await Promise.all([from.account(), to.account()])
  const socket = await connect({ token: one.token })
  for (const text of ['first', 'second', 'third']) await chat.say(socket, other, text)
  await socket.close()
}
