/** What is not sent yet outlives the page. */
import { expect, it } from 'vitest'
import { soon } from './person.ts'
import { friends } from './stage.ts'
import * as view from './view.ts'

const texts = ['the first', 'the second', 'the third']

it('Messages that wait are still there after a reload, and go out once and in order', async () => {
  const { ada, bob } = await friends()
  await bob.openChat(ada.name)
  // No ticket, no socket; everything else answers.
  await ada.context.route('**/api/ws/ticket', (route) => route.abort('internetdisconnected'))
  ada.faults.expect(/api\/ws\/ticket/)
  await ada.page.reload()
  await ada.openChat(bob.name)
  for (const text of texts) await ada.say(text)
  for (const text of texts) await view.message(ada.page, text).getByText('Sending', { exact: true }).waitFor()
  await ada.page.reload()
  for (const text of texts) await view.message(ada.page, text).getByText('Sending', { exact: true }).waitFor()
  expect(await view.messages(bob.page).count()).toBe(0)

  await ada.context.unroute('**/api/ws/ticket')
  await ada.page.reload()
  for (const text of texts) await view.message(bob.page, text).waitFor()
  for (const { page } of [ada, bob]) {
    await soon(async () => {
      const shown = (await view.messages(page).allInnerTexts()).join('\n')
      expect(shown.match(/the (first|second|third)/g)).toEqual(texts)
    })
  }
  await soon(async () => expect(await view.log(ada.page).getByText('Sending', { exact: true }).count()).toBe(0))
})
