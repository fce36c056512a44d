/** What others write is text: it becomes no markup, no script, and no request but to pictures behind http(s). */
import { afterAll, expect, it } from 'vitest'
import { db } from '../../lib/client/mysql.ts'
import * as chat from '../support/chat.ts'
import * as friend from '../support/friend.ts'
import { person as account } from '../support/people.ts'
import { connect } from '../support/socket.ts'
import { type Person, soon } from './person.ts'
import { member } from './stage.ts'
import * as view from './view.ts'

afterAll(async () => await db.destroy())

const markup = '<img src=x onerror=alert(1)>'
const addresses = [
  'javascript:alert(1)',
  ' JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:null/1',
  'ftp://pictures.example/a.png',
  'ws://pictures.example/a',
  'filesystem:http://pictures.example/a',
  'https://pictures.example/a.png" onerror="alert(1)',
]
const texts = [
  markup,
  '<script>alert(1)</script>',
  '<svg/onload=alert(1)><iframe src="javascript:alert(1)">',
  '"><a href=javascript:alert(1) autofocus onfocus=alert(1)>here</a>',
  '[here](javascript:alert(1)) ![x](data:image/png;base64,AAAA)',
  `{{constructor.constructor("alert(1)")()}} $${'{alert(1)}'} $t(other) {{name}}`,
  '\u202eevil\u202c \u0000 \u{e0041}',
  'x'.repeat(4_000),
  'see https://pictures.example/page?a=1&b=<b>',
]

it('Hostile names, texts and addresses do nothing but stand there', async () => {
  const ada = await member('ada')
  const eve = await account('eve')
  // What was stored before there were rules is still given out.
  await db
    .updateTable('users')
    .set({ nickname: markup, avatar: 'javascript:alert(1)' })
    .where('id', '=', eve.id)
    .execute()
  ada.faults.expect(/^a request elsewhere: https:\/\/pictures\.example\//)
  await ada.context.route('https://pictures.example/**', (route) =>
    route.fulfill({ contentType: 'image/png', body: '' }),
  )

  await friend.request(eve, await ada.account(), texts.slice(0, 4).join('\n'))
  await ada.go('People')
  await view.requests(ada.page).getByText('<script>alert(1)</script>').waitFor()
  await harmless(ada)
  await ada.accept()

  const socket = await connect({ token: eve.token })
  const target = await ada.account()
  for (const text of texts) await chat.say(socket, target, text)
  for (const media of [1, 2, 3]) for (const text of addresses) await chat.say(socket, target, text, { media })
  await ada.go('Chats')
  await view.conversation(ada.page, markup).waitFor()
  await ada.openChat(markup)
  // It opens at the first of them.
  await view.message(ada.page, markup).first().waitFor()
  await view.log(ada.page).hover()
  await soon(async () => {
    await harmless(ada)
    await ada.page.mouse.wheel(0, 400)
    await view.message(ada.page, 'a.png" onerror').last().waitFor({ timeout: 100 })
    expect(await view.jump(ada.page).isVisible()).toBe(false)
  }, 60_000)
  await harmless(ada)
  for (const avatar of addresses) {
    await db
      .updateTable('users')
      .set({ avatar: avatar.slice(0, 255) })
      .where('id', '=', eve.id)
      .execute()
    await ada.page.reload()
    await view.conversation(ada.page, markup).waitFor()
    await harmless(ada)
  }
  await socket.close()
})

it('Addresses of the page that nobody has do nothing but show what is there', async () => {
  const ada = await member('ada')
  for (const path of [
    '/chat/0',
    '/chat/-1',
    '/chat/9007199254740993',
    '/chat/%3Cimg%20src=x%20onerror=alert(1)%3E',
    '/chat/1?x=javascript:alert(1)#%3Cscript%3E',
    '/settings/nothing',
    '/sign-in?next=javascript:alert(1)',
  ]) {
    await ada.page.goto(new URL(path, ada.page.url()).href)
    await view.navigation(ada.page).waitFor({ state: 'attached' })
    await harmless(ada)
  }
})

/** Nothing ran, nothing was opened, and every address on the page is one that may stand there. */
async function harmless({ page, context }: Person): Promise<void> {
  const found = await soon(() => page.evaluate(addressesInPage))
  expect(found.filter(({ isFine }) => !isFine)).toEqual([])
  expect(context.pages()).toHaveLength(1)
  expect(page.frames()).toHaveLength(1)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
}

/** Run in the page. */
function addressesInPage(): { what: string; isFine: boolean }[] {
  const names = ['href', 'src', 'srcset', 'action', 'formaction', 'poster', 'data', 'xlink:href']
  return [...document.querySelectorAll('*')].flatMap((element) =>
    element.getAttributeNames().flatMap((name) => {
      const what = `${element.localName} ${name}=${element.getAttribute(name)?.slice(0, 100)}`
      if (name.startsWith('on') || name === 'srcdoc') return [{ what, isFine: false }]
      if (!names.includes(name)) return []
      const { protocol, origin } = new URL(element.getAttribute(name) ?? '', location.href)
      const isWeb =
        protocol === 'https:' || protocol === 'http:' || (protocol === 'blob:' && origin === location.origin)
      const isOutside = origin !== location.origin && element.localName === 'a'
      const opens = `${element.getAttribute('rel')} ${element.getAttribute('target')}`
      return [{ what: `${what} ${opens}`, isFine: isWeb && (!isOutside || opens === 'noopener noreferrer _blank') }]
    }),
  )
}
