/** The network goes away in the middle of a conversation, for as long as a tunnel takes. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import * as chat from '../support/chat.ts'
import { call, ok } from '../support/http.ts'
import { Row } from '../support/shape.ts'
import { type Person, soon } from './person.ts'
import { readUp } from './reading.ts'
import { friends } from './stage.ts'
import * as view from './view.ts'

const ofEach = 250
const cutMs = 30_000
const pattern = /\b(?:ada|bob) says \d+\b/g

/** Writes as fast as the page takes it. `progress` is told how much is written. */
async function write({ page }: Person, texts: readonly string[], progress: (count: number) => void): Promise<void> {
  const field = view.field(page)
  for (const [index, text] of texts.entries()) {
    await field.fill(text)
    await field.press('Enter')
    progress(index + 1)
  }
}

it('A network that is cut for 30 s amid 500 messages both ways loses, doubles and disorders nothing', async () => {
  const { ada, bob } = await friends()
  await Promise.all([ada.openChat(bob.name), bob.openChat(ada.name)])
  const said = { ada: chat.texts(ofEach, 'ada says'), bob: chat.texts(ofEach, 'bob says') }
  const third = Promise.withResolvers<void>()
  const written = write(bob, said.bob, (count) => count === Math.ceil(ofEach / 3) && third.resolve())
  const cut = third.promise.then(async () => {
    bob.enterTunnel()
    await Promise.all([pause(cutMs), written])
    // All is written by now, and more than half of it waits.
    expect(await view.message(bob.page, `bob says ${ofEach}`).getByText('Sending', { exact: true }).count()).toBe(1)
    expect(await view.message(ada.page, `bob says ${ofEach}`).count()).toBe(0)
    bob.leaveTunnel()
  })
  await Promise.all([write(ada, said.ada, () => {}), written, cut])
  const [a, b] = await Promise.all([ada.account(), bob.account()])
  const stored = await soon(async () => {
    // It reads from the same budget as the page.
    await pause(1_000)
    const rows = await allOf(a, b)
    expect(rows).toHaveLength(2 * ofEach)
    return rows
  }, 60_000)
  for (const [name, texts] of Object.entries(said))
    expect(stored.filter((text) => text.startsWith(name))).toEqual(texts)
  await soon(async () => {
    for (const { page } of [ada, bob])
      expect(await view.log(page).getByText('Sending', { exact: true }).count()).toBe(0)
  })
  for (const person of [ada, bob]) expect(await readUp(person, pattern, stored[0] ?? '')).toEqual(stored)
})

type Account = Awaited<ReturnType<Person['account']>>

/** The whole conversation as the service has it, in its order. */
async function allOf(one: Account, other: Account): Promise<string[]> {
  const texts: string[] = []
  for (let after = 0; ; ) {
    const query = { target_id: other.id, after_seq: after, limit: 200 }
    const rows = ok(await call('GET', '/api/chat/history', { token: one.token, query }), z.array(Row))
    texts.push(...rows.map(({ content }) => content))
    const last = rows.at(-1)
    if (!last) return texts
    after = last.seq
  }
}
