/** An account: its password, its sessions, its data and its end. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { login } from '../support/people.ts'
import { type Person, soon } from './person.ts'
import { again, friends, member, newcomer } from './stage.ts'
import * as view from './view.ts'

/** Asking with a token that has ended is answered with 401, which browsers write down. */
const ofEndedSession = /status of 401/

async function settings(person: Person, name: string): Promise<void> {
  await person.go('Settings')
  await person.click(person.page.getByRole('link', { name }))
}

const isSignedOut = (person: Person) => person.page.getByRole('button', { name: 'Sign in' }).waitFor()

describe('a sign-in', () => {
  it('with a wrong password says so beside the form, and the right one works then', async () => {
    const { name } = await member('ada')
    const person = await newcomer(name)
    await person.open()
    await person.fill(view.username(person.page), name)
    await person.fill(view.password(person.page), 'a wrong password')
    await person.click(person.page.getByRole('button', { name: 'Sign in' }))
    await person.page
      .getByRole('alert')
      .filter({ hasText: /password/i })
      .waitFor()
    await person.signIn()
  })

  it('outlives a reload and a new tab', async () => {
    const ada = await member('ada')
    await ada.page.reload()
    await ada.go('People')
    await ada.open('/settings')
    await ada.page.getByRole('link', { name: 'Profile' }).waitFor()
  })
})

describe('a password', () => {
  it('that is changed opens the account from then on, and ends all other sessions', async () => {
    const ada = await member('ada')
    const phone = await again(ada, { device: 'phone' })
    phone.faults.expect(ofEndedSession)
    await settings(ada, 'Password')
    const field = (name: string) => ada.page.getByLabel(name, { exact: true })
    await ada.fill(field('Current password'), ada.password)
    await ada.fill(field('New password'), 'another horse 8')
    await ada.fill(field('New password, again'), 'another horse 8')
    await ada.click(ada.page.getByRole('button', { name: 'Change password' }))
    await isSignedOut(phone)
    await expect(login(ada.name)).rejects.toThrow()
    await login(ada.name, 'another horse 8')
    // The session that changed it goes on.
    await ada.page.reload()
    await ada.go('Chats')
  })
})

describe('sessions', () => {
  it('are listed, and one that is ended is over at once', async () => {
    const ada = await member('ada')
    const phone = await again(ada, { device: 'phone' })
    phone.faults.expect(ofEndedSession)
    await settings(ada, 'Sessions')
    const entries = ada.page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
    await soon(async () => expect(await entries.count()).toBe(2))
    await ada.click(entries.filter({ hasText: 'Android' }).getByRole('button', { name: /^End/ }))
    await ada.click(ada.page.getByRole('dialog').getByRole('button', { name: 'End session' }))
    await soon(async () => expect(await entries.count()).toBe(1))
    await isSignedOut(phone)
  })

  it('end with a sign-out, and leave nothing of the conversations in the browser', async () => {
    const { ada, bob } = await friends()
    // No ticket, no socket: what is said waits.
    await ada.context.route('**/api/ws/ticket', (route) => route.abort('internetdisconnected'))
    ada.faults.expect(/api\/ws\/ticket/)
    await ada.page.reload()
    await ada.openChat(bob.name)
    await ada.say('Never sent')
    await view.message(ada.page, 'Never sent').getByText('Sending', { exact: true }).waitFor()
    await ada.fill(view.field(ada.page), 'Half a thought')
    for (const text of ['eyJ', 'Half a thought', 'Never sent'])
      await soon(async () => expect(await ada.page.evaluate(keptInBrowser)).toContain(text))
    await ada.go('Settings')
    await ada.click(ada.page.getByRole('button', { name: 'Sign out' }))
    // It asks, since something is lost.
    await ada.click(ada.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }))
    await isSignedOut(ada)
    await soon(async () => expect(await ada.page.evaluate(keptInBrowser)).not.toMatch(/eyJ|Half a thought|Never sent/))
    await ada.page.goto(new URL('/people', ada.page.url()).href)
    await isSignedOut(ada)
  })
})

describe('data', () => {
  it('of the user come as a file', async () => {
    const { ada, bob } = await friends()
    await ada.openChat(bob.name)
    await ada.say('For the copy')
    await view.message(ada.page, 'For the copy').getByText('Sent', { exact: true }).waitFor()
    await settings(ada, 'Your data')
    const [download] = await Promise.all([
      ada.page.waitForEvent('download'),
      ada.click(ada.page.getByRole('button', { name: 'Export' })),
    ])
    const copy = await readFile(await download.path(), 'utf8')
    for (const text of [ada.name, bob.name, 'For the copy']) expect(copy).toContain(text)
  })

  it('go with the account, whose name nobody can have again', async () => {
    const ada = await member('ada')
    await settings(ada, 'Your data')
    await ada.click(ada.page.getByRole('button', { name: 'Delete account…' }))
    const dialog = ada.page.getByRole('dialog')
    await ada.fill(dialog.getByLabel('Password', { exact: true }), ada.password)
    await ada.fill(dialog.getByLabel('Your username'), ada.name)
    await ada.click(dialog.getByRole('button', { name: 'Delete for good' }))
    await isSignedOut(ada)
    await expect(login(ada.name)).rejects.toThrow()
  })
})

/** Run in the page: all that this browser keeps of it. */
async function keptInBrowser(): Promise<string> {
  const answer = <Result>(request: IDBRequest<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const kept: unknown[] = [{ ...localStorage, ...sessionStorage }]
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await answer(indexedDB.open(name))
    for (const store of database.objectStoreNames)
      kept.push(await answer(database.transaction(store).objectStore(store).getAll()))
    database.close()
  }
  return JSON.stringify(kept)
}
