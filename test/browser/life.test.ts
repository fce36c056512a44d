/** The life of two people, one at a desktop and one on a phone: from nothing to the end of a friendship. */
import { describe, expect, it } from 'vitest'
import { uniqueName } from '../support/people.ts'
import { soon } from './person.ts'
import { friends, newcomer } from './stage.ts'
import * as view from './view.ts'

const looks = { ada: { device: 'desktop' }, bob: { device: 'phone', theme: 'dark' } } as const

describe('two people', () => {
  it('who know only their names find each other and talk', async () => {
    const ada = await newcomer(uniqueName('ada'), looks.ada)
    const bob = await newcomer(uniqueName('bob'), looks.bob)
    await Promise.all([ada.open(), bob.open()])
    await Promise.all([ada.signUp(), bob.signUp()])

    await ada.request(bob.name, 'It is Ada,\nfrom the library')
    // Bob has not asked for anything: the request shows by itself.
    await bob.go('People')
    await view.requests(bob.page).getByText('from the library').waitFor()
    await bob.accept()

    await ada.go('Chats')
    await ada.openChat(bob.name)
    await ada.say('Good morning, Bob!')
    await view.message(ada.page, 'Good morning, Bob!').getByText('Sent', { exact: true }).waitFor()
    await bob.go('Chats')
    await bob.openChat(ada.name)
    await view.message(bob.page, 'Good morning, Bob!').waitFor()
    await view.message(ada.page, 'Good morning, Bob!').getByText('Read', { exact: true }).waitFor()
    await bob.say('Good morning, Ada.')
    await view.message(ada.page, 'Good morning, Ada.').waitFor()
    await view.message(bob.page, 'Good morning, Ada.').getByText('Read', { exact: true }).waitFor()
  })

  it('see each other type, and stop', async () => {
    const { ada, bob } = await friends(looks)
    await Promise.all([ada.openChat(bob.name), bob.openChat(ada.name)])
    await view.field(bob.page).pressSequentially('Let me')
    await ada.page
      .getByRole('main')
      .getByText(/typing/i)
      .waitFor()
    await view.field(bob.page).fill('')
    // Before the page would give up by itself.
    await ada.page
      .getByRole('main')
      .getByText(/typing/i)
      .waitFor({ state: 'detached', timeout: 4_000 })
  })

  it('are told how much is unread, in the list and in the title, until they look', async () => {
    const { ada, bob } = await friends(looks)
    await ada.openChat(bob.name)
    await ada.say('one')
    await ada.say('two')
    const entry = view.conversation(bob.page, ada.name)
    await entry.getByText('2 unread', { exact: true }).waitFor({ state: 'attached' })
    await soon(async () => expect(await bob.page.title()).toMatch(/^\(2\)/))
    await soon(async () => expect(await entry.textContent()).toContain('two'))
    await bob.openChat(ada.name)
    await view.message(bob.page, 'two').waitFor()
    await soon(async () => expect(await bob.page.title()).not.toMatch(/^\(/))
    await bob.click(view.back(bob.page))
    await entry.waitFor()
    expect(await entry.getByText('unread').count()).toBe(0)
  })

  it('go on writing without a network, and all of it goes out afterwards', async () => {
    const { ada, bob } = await friends(looks)
    await Promise.all([ada.openChat(bob.name), bob.openChat(ada.name)])
    await bob.say('Are you on the train?')
    await view.message(ada.page, 'Are you on the train?').waitFor()
    await ada.cut()
    await view.banner(ada.page).getByText(view.offlineText).waitFor()
    for (const text of ['In the tunnel', 'Still in it', 'Light!']) await ada.say(text)
    await bob.say('Hello?')
    await view.message(ada.page, 'Light!').getByText('Sending', { exact: true }).waitFor()
    expect(await view.message(bob.page, 'In the tunnel').count()).toBe(0)
    await ada.mend()
    await view.message(bob.page, 'Light!').waitFor()
    await view.message(ada.page, 'Hello?').waitFor()
    await soon(async () => expect(await view.banner(ada.page).getByText(view.offlineText).count()).toBe(0))
    for (const { page } of [ada, bob]) {
      const texts = (await view.messages(page).allInnerTexts()).join('\n')
      const said = texts.match(/Are you on the train\?|In the tunnel|Still in it|Light!|Hello\?/g)
      expect(said?.filter((text) => text !== 'Hello?')).toEqual([
        'Are you on the train?',
        'In the tunnel',
        'Still in it',
        'Light!',
      ])
      expect(said).toHaveLength(5)
    }
  })

  it('rename, block, unblock, become friends again, and part', async () => {
    const { ada, bob } = await friends({ ada: {}, bob: {} })
    await ada.openChat(bob.name)
    await ada.say('Before everything')
    await ada.choose('Rename')
    const dialog = ada.page.getByRole('dialog')
    await ada.fill(dialog.getByRole('textbox'), 'Bob from work')
    await ada.click(dialog.getByRole('button', { name: 'Save' }))
    await view.conversation(ada.page, 'Bob from work').waitFor()

    await bob.openChat(ada.name)
    await soon(async () => expect(await isWritable(bob)).toBe(true))
    await ada.choose('Block')
    await ada.click(ada.page.getByRole('dialog').getByRole('button', { name: 'Block' }))
    // What was said stays, also for whoever comes back to it; nothing more can be said.
    await soon(async () => expect(await isWritable(bob)).toBe(false))
    await bob.page.reload()
    await view.message(bob.page, 'Before everything').waitFor()
    await soon(async () => expect(await isWritable(bob)).toBe(false))

    await ada.go('People')
    await ada.click(view.blocked(ada.page).getByRole('button', { name: 'Unblock' }))
    await view.blocked(ada.page).getByText(bob.name).waitFor({ state: 'detached' })

    await bob.request(ada.name)
    await ada.accept()
    await ada.go('Chats')
    await ada.click(view.list(ada.page).getByRole('link').first())
    await view.message(ada.page, 'Before everything').waitFor()
    await ada.say('Friends again')
    await bob.go('Chats')
    await bob.openChat(ada.name)
    await view.message(bob.page, 'Friends again').waitFor()

    await bob.choose('Delete friend')
    await bob.click(bob.page.getByRole('dialog').getByRole('button', { name: 'Delete friend' }))
    await soon(async () => expect(await isWritable(ada)).toBe(false))
  })
})

/** Whether the open conversation takes a message: in one look, since the field may go at any time. */
const isWritable = async ({ page }: { page: import('playwright-core').Page }): Promise<boolean> =>
  (await view.field(page).and(page.locator(':read-write')).count()) > 0
