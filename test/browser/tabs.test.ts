/** Several tabs of one person: they are one device. */
import type { Page, WebSocket } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Person, soon } from './person.ts'
import { friends } from './stage.ts'
import * as view from './view.ts'

let ada: Person
let bob: Person
let tabs: Page[]
/** All that bob's tabs have ever opened. One that goes with its page says no goodbye. */
let sockets: { page: Page; socket: WebSocket; isGone: boolean }[]

const open = () => sockets.filter(({ page, socket, isGone }) => !isGone && !page.isClosed() && !socket.isClosed())

function count(page: Page): void {
  page.on('websocket', (socket) => sockets.push({ page, socket, isGone: false }))
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) return
    for (const one of sockets) if (one.page === page) one.isGone = true
  })
}

const shows = async (page: Page, text: string) => {
  await view.message(page, text).first().waitFor()
  expect(await view.message(page, text).count()).toBe(1)
}

describe('three tabs', () => {
  beforeEach(async () => {
    ;({ ada, bob } = await friends())
    sockets = []
    bob.context.on('page', count)
    // The first tab was there before anybody counted: it begins again.
    const first = bob.page
    count(first)
    await first.reload()
    tabs = [first, await bob.open(), await bob.open()]
    for (const page of tabs) await view.conversation(page, ada.name).click()
    for (const page of tabs) await view.field(page).waitFor()
    await soon(() => expect(open()).toHaveLength(1))
    await ada.openChat(bob.name)
  })

  it('share one socket, and each shows each message once', async () => {
    await ada.say('from Ada')
    for (const page of tabs) await shows(page, 'from Ada')
    for (const [index, page] of tabs.entries()) {
      await view.field(page).fill(`from tab ${index}`)
      await view.field(page).press('Enter')
    }
    for (const text of ['from tab 0', 'from tab 1', 'from tab 2']) {
      await shows(ada.page, text)
      for (const page of tabs) await shows(page, text)
    }
    expect(open()).toHaveLength(1)
    expect(sockets).toHaveLength(1)
  })

  it('go on when the one that holds the socket is closed', async () => {
    const [holder] = open()
    await holder?.page.close()
    const rest = tabs.filter((page) => page !== holder?.page)
    await ada.say('while nobody listens')
    await soon(() => {
      expect(open()).toHaveLength(1)
      expect(rest).toContain(open()[0]?.page)
    })
    await ada.say('afterwards')
    for (const page of rest) {
      await shows(page, 'afterwards')
      await shows(page, 'while nobody listens')
    }
    const [one] = rest
    if (one) await view.field(one).fill('from the rest')
    await one?.keyboard.press('Enter')
    await shows(ada.page, 'from the rest')
  })

  it('are all signed out by one of them', async () => {
    bob.faults.expect(/status of 401/)
    const [one, ...others] = tabs
    await one?.goto(new URL('/settings', one.url()).href)
    await one?.getByRole('button', { name: 'Sign out' }).click()
    for (const page of others) await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await soon(() => expect(open()).toEqual([]))
  })
})
