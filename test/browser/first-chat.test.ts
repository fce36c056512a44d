/** From nothing to talking: what it takes of two people with a fresh browser each. */
import { expect, it } from 'vitest'
import { uniqueName } from '../support/people.ts'
import { isKept, openAlbum } from './album.ts'
import type { Person } from './person.ts'
import { newcomer } from './stage.ts'
import * as view from './view.ts'

const most = 12

it(`Two people talk after at most ${most} clicks and fields each`, async () => {
  const album = await openAlbum('first-chat')
  const nameOf = (name: string) => (isKept ? name : uniqueName(name))
  const ada = await newcomer(nameOf('ada'), { device: 'desktop' })
  const bob = await newcomer(nameOf('bob'), { device: 'phone' })
  let pictures = 0
  const picture = async (person: Person) => {
    pictures += 1
    const number = String(pictures).padStart(2, '0')
    await album.take(person.page, `${number}-${person === ada ? 'ada' : 'bob'}`)
  }
  for (const person of [ada, bob]) {
    person.onAction = () => picture(person)
    await person.open()
    await person.page.getByRole('link', { name: /^Create (an )?account/ }).waitFor()
    await picture(person)
    await person.signUp()
  }
  await ada.request(bob.name)
  await bob.accept()
  // What the search has found is a friend now.
  await ada.click(ada.page.getByRole('link', { name: 'Open chat' }))
  await ada.say('Good morning, Bob!')
  await bob.go('Chats')
  await bob.openChat(ada.name)
  await view.message(bob.page, 'Good morning, Bob!').waitFor()
  await bob.say('Good morning, Ada. Coffee at ten?')
  await view.message(ada.page, 'Coffee at ten?').waitFor()
  await picture(ada)
  expect({ ada: ada.actions <= most, bob: bob.actions <= most }, `ada ${ada.actions}, bob ${bob.actions}`).toEqual({
    ada: true,
    bob: true,
  })
  await album.close()
})
