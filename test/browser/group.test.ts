/** A group at the page: created, joined by its code and by invitation, talked in, run, and left. */
import { expect, it } from 'vitest'
import { soon } from './person.ts'
import { friends, member } from './stage.ts'
import * as view from './view.ts'

it('people make a group, come in by code and by invitation, talk, and leave', async () => {
  const { ada, bob } = await friends({ ada: { device: 'desktop' }, bob: { device: 'phone' } })
  const carol = await member('carol')

  await ada.go('People')
  await ada.fill(ada.page.getByLabel('Name of a new group'), 'Chess club')
  await ada.click(ada.page.getByRole('button', { name: 'Create group' }))
  await ada.page.getByRole('heading', { name: 'Chess club' }).waitFor()
  await ada.page.getByText('created the group').first().waitFor()

  await ada.choose('Members')
  const members = ada.page.getByRole('dialog')
  const code = (await members.textContent())?.match(/by the code ([0-9A-Z]+)/)?.[1] ?? ''
  await ada.click(members.getByRole('button', { name: `Add ${bob.name}` }))
  await members.getByRole('list', { name: 'Members' }).getByText(bob.name).waitFor()
  await ada.page.keyboard.press('Escape')

  await carol.go('People')
  await carol.fill(carol.page.getByLabel('Code of a group'), code.toLowerCase())
  await carol.click(carol.page.getByRole('button', { name: 'Find group' }))
  await carol.click(carol.page.getByRole('button', { name: 'Ask to join' }))
  await carol.page.getByText('Asked. You are in as soon as').waitFor()
  await ada.go('People')
  await ada.click(
    ada.page.getByRole('list', { name: 'Requests to join your groups' }).getByRole('button', { name: 'Accept' }),
  )

  await Promise.all([ada, bob, carol].map((one) => one.go('Chats')))
  for (const one of [ada, bob, carol]) await one.openChat('Chess club')
  await carol.page.getByText('3 members').waitFor()
  await carol.say('Who plays white?')
  for (const { page } of [ada, bob]) {
    await view.message(page, 'Who plays white?').waitFor()
    await page.getByText(carol.name, { exact: true }).first().waitFor()
  }
  await bob.say('I do')
  await view.message(carol.page, 'I do').waitFor()

  await ada.choose('Members')
  await ada.click(members.getByRole('button', { name: `What to do with ${carol.name}` }))
  await ada.click(ada.page.getByRole('menuitem', { name: 'Mute' }))
  await members.getByText('muted').waitFor()
  await ada.page.keyboard.press('Escape')
  await carol.say('But I')
  await carol.page.getByText('You are muted in this group.').first().waitFor()

  const level = ada.page.getByRole('menuitemradio', { name: 'Mentions of me' })
  await ada.click(view.more(ada.page))
  await ada.click(level)
  await soon(async () => {
    await ada.click(view.more(ada.page))
    const isChosen = await level.getAttribute('aria-checked')
    await ada.page.keyboard.press('Escape')
    expect(isChosen).toBe('true')
  })

  await bob.choose('Leave group')
  await bob.click(bob.page.getByRole('dialog').getByRole('button', { name: 'Leave group' }))
  await bob.page.getByText('You no longer belong to this group.').waitFor()
  await view.message(bob.page, 'I do').waitFor()
  await soon(async () => expect(await ada.page.getByText('2 members').count()).toBeGreaterThan(0))
})
