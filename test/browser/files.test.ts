/** Files between two people: chosen, pasted and dropped, seen, saved, refused, cancelled; and pictures of people and groups. */
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { drawn } from '../support/picture.ts'
import { type Person, soon } from './person.ts'
import { friends } from './stage.ts'
import * as view from './view.ts'

interface Chosen {
  name: string
  mimeType: string
  buffer: Buffer
}

const report: Chosen = { name: 'report.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') }
/** The size of what is sent, and of its small form. */
const [whole, small] = [640, 480]
const points = await drawn('image/png', whole, 400)
const picture = (name: string): Chosen => ({ name, mimeType: 'image/png', buffer: points })
/** A browser shows its beginning; the service takes none that is cut off. */
const broken: Chosen = { ...picture('broken.png'), buffer: points.subarray(0, 200) }
const noPicture: Chosen = { ...picture('words.png'), buffer: Buffer.from('words') }

it('two people send each other pictures and files', async () => {
  const { ada, bob } = await friends({ ada: { device: 'desktop' }, bob: { device: 'phone', theme: 'dark' } })
  await ada.openChat(bob.name)
  await bob.openChat(ada.name)

  const seen = [ada, bob].map(({ page }) => another(page))
  await choose(ada, 'Photo or video', [picture('beach.png'), picture('hills.png')])
  await waits(ada, ['beach.png', 'hills.png'])
  await ada.click(ada.page.getByRole('button', { name: 'Remove hills.png' }))
  await waits(ada, ['beach.png'])
  await ada.fill(view.field(ada.page), 'From the beach')
  await ada.click(view.send(ada.page))
  for (const see of seen) await see()
  await view.message(bob.page, 'From the beach').waitFor()

  await paste(ada.page, picture('pasted.png'))
  await waits(ada, ['pasted.png'])
  await view.field(ada.page).press('Enter')
  for (const see of seen) await see()

  await drag(ada.page, 'dragenter', picture('dropped.png'))
  await ada.page.getByText(`Drop files here to send them to ${bob.name}`).waitFor()
  await drag(ada.page, 'drop', picture('dropped.png'))
  await ada.page.getByText('Drop files here').waitFor({ state: 'detached' })
  await waits(ada, ['dropped.png'])
  await ada.click(view.send(ada.page))
  for (const see of seen) await see()

  await bob.click(bob.page.getByRole('button', { name: 'Open the picture' }).last())
  const inFull = bob.page.getByRole('dialog').getByRole('img', { name: 'Picture' })
  await soon(async () => expect(await widthOf(inFull)).toBe(whole))
  await bob.page.keyboard.press('Escape')

  await ada.act(view.message(ada.page, 'From the beach'), 'Reply')
  await choose(ada, 'File', [report])
  await ada.click(view.send(ada.page))
  expect(await view.stop(ada.page).count()).toBe(0)
  await view.quote(view.messages(bob.page).last(), 'From the beach').waitFor()
  const saving = bob.page.waitForEvent('download')
  await bob.click(bob.page.getByRole('button', { name: 'Download the file' }))
  expect((await saving).suggestedFilename()).toBe('report.pdf')
  await bob.click(view.back(bob.page))
  await view.conversation(bob.page, ada.name).getByText('File', { exact: true }).waitFor()
})

it('one says something, and the other can hear it', async () => {
  const { ada, bob } = await friends()
  await ada.openChat(bob.name)
  await bob.openChat(ada.name)
  await ada.page.evaluate(hearTone)
  const say = async () => {
    await ada.click(ada.page.getByRole('button', { name: 'Attach' }))
    await ada.click(ada.page.getByRole('menuitem', { name: 'Voice message' }))
    await ada.page.getByRole('timer').getByText('0:02').waitFor()
  }
  await say()
  await ada.click(ada.page.getByRole('button', { name: 'Cancel the recording' }))
  expect(await ada.page.getByRole('list', { name: 'Files to send' }).count()).toBe(0)
  await say()
  await ada.click(ada.page.getByRole('button', { name: 'Done' }))
  await ada.page.getByRole('list', { name: 'Files to send' }).waitFor()
  await ada.click(view.send(ada.page))
  const player = view.log(bob.page).getByLabel('Sound')
  await soon(async () =>
    expect(await player.evaluate((audio) => (audio as HTMLAudioElement).readyState)).toBeGreaterThan(0),
  )
})

it('a file that cannot be used is refused, and one that is stopped or fails holds up no other', async () => {
  const { ada, bob } = await friends()
  await ada.openChat(bob.name)
  const files = ada.page.getByRole('list', { name: 'Files to send' })

  await choose(ada, 'File', [{ ...picture('huge.png'), buffer: Buffer.alloc(20 * 2 ** 20 + 1) }, broken])
  await files.getByText('Too large: a file has').waitFor()
  await ada.click(view.send(ada.page))
  await files.getByText('This file cannot be used').waitFor()
  for (const name of ['huge.png', 'broken.png'])
    await ada.click(ada.page.getByRole('button', { name: `Remove ${name}` }))
  await files.waitFor({ state: 'detached' })

  let isHeld = true
  ada.faults.expect(/status of 503/)
  await ada.context.route('**/incoming/**', async (route) => {
    if (!isHeld) await route.continue()
    else if (route.request().postDataBuffer()?.includes('two')) await route.fulfill({ status: 503 })
    else if (route.request().postDataBuffer()?.includes('three')) await route.continue()
    // The first is not answered.
  })
  const texts = ['one', 'two', 'three'].map((name) => ({
    name: `${name}.txt`,
    mimeType: 'text/plain',
    buffer: Buffer.from(name.repeat(1_000)),
  }))
  await choose(ada, 'File', texts)
  await ada.click(view.send(ada.page))
  await files.getByRole('progressbar', { name: 'one.txt' }).waitFor()
  await ada.click(ada.page.getByRole('button', { name: 'Cancel one.txt' }))
  await ada.page.getByRole('button', { name: 'Try two.txt again' }).waitFor()
  await files.getByText('three.txt').waitFor({ state: 'detached' })
  isHeld = false
  await ada.click(ada.page.getByRole('button', { name: 'Try two.txt again' }))
  await files.waitFor({ state: 'detached' })
  await bob.openChat(ada.name)
  await soon(async () => expect(await view.messages(bob.page).count()).toBe(2))
  expect(await bob.page.getByRole('button', { name: 'Download the file' }).count()).toBe(2)
})

it('a person and a group change their picture, and others see it', async () => {
  const { ada, bob } = await friends()
  await ada.go('Settings')
  await ada.click(ada.page.getByRole('button', { name: 'Change picture' }))
  await change(ada, noPicture)
  await ada.page.getByRole('dialog').getByText('This picture cannot be read').waitFor()
  await change(ada, picture('me.png'))
  await ada.click(ada.page.getByRole('dialog').getByRole('button', { name: 'Save' }))
  await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
  await shows(ada.page.getByRole('main').locator('form img'))
  await bob.page.reload()
  await shows(view.conversation(bob.page, ada.name).locator('img'))

  await ada.click(ada.page.getByRole('button', { name: 'Change picture' }))
  await ada.click(ada.page.getByRole('dialog').getByRole('button', { name: 'Remove picture' }))
  await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await ada.page.getByRole('main').locator('form img').count()).toBe(0)

  await ada.go('People')
  await ada.fill(ada.page.getByLabel('Name of a new group'), 'Photographers')
  await ada.click(ada.page.getByRole('button', { name: 'Create group' }))
  await ada.page.getByRole('heading', { name: 'Photographers' }).waitFor()
  await ada.choose('Change picture')
  await change(ada, picture('group.png'))
  await ada.click(ada.page.getByRole('dialog').getByRole('button', { name: 'Save' }))
  await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
  await shows(ada.page.getByRole('main').locator('header img'))
})

/** An item of the menu beside the field, and files for it. */
async function choose(person: Person, item: string, files: readonly Chosen[]): Promise<void> {
  await person.click(person.page.getByRole('button', { name: 'Attach' }))
  const chooser = person.page.waitForEvent('filechooser')
  await person.click(person.page.getByRole('menuitem', { name: item, exact: true }))
  await (await chooser).setFiles([...files])
}

/** A picture for the dialog that is open. */
async function change(person: Person, file: Chosen): Promise<void> {
  const chooser = person.page.waitForEvent('filechooser')
  await person.click(person.page.getByRole('dialog').getByRole('button', { name: /^Choose / }))
  await (await chooser).setFiles([file])
}

/** What stands beside the field. */
async function waits({ page }: Person, names: readonly string[]): Promise<void> {
  const items = page.getByRole('list', { name: 'Files to send' }).getByRole('listitem')
  await soon(async () => {
    const found = await items.allInnerTexts()
    expect(found.map((text) => text.split('\n')[0])).toEqual(names)
  })
}

/** Waits for a picture that was not there before, below all others, in its small form. Only what is near the screen is in the page. */
function another(page: Page): () => Promise<void> {
  const known = new Set<string>()
  const last = view.log(page).getByRole('img', { name: 'Picture' }).last()
  return async () => {
    const path = await soon(async () => {
      const { pathname } = new URL((await last.getAttribute('src')) ?? '', page.url())
      expect(known).not.toContain(pathname)
      expect(await widthOf(last)).toBe(small)
      return pathname
    })
    known.add(path)
  }
}

const widthOf = (image: Locator): Promise<number> =>
  image.evaluate((element) => (element as HTMLImageElement).naturalWidth)

/** A picture of the service, which is there. */
async function shows(image: Locator): Promise<void> {
  await soon(async () => {
    expect(await image.getAttribute('src')).toMatch(/^\/user-avatars\//)
    expect(await widthOf(image)).toBeGreaterThan(0)
  })
}

/** Run in the page: in place of a microphone, which a machine of tests has not. */
function hearTone(): void {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext()
    const tone = context.createOscillator()
    const heard = context.createMediaStreamDestination()
    tone.connect(heard)
    tone.start()
    return heard.stream
  }
}

/** Run in the page. */
function transferOf({ name, type, bytes }: { name: string; type: string; bytes: number[] }): DataTransfer {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }))
  return transfer
}

const given = ({ name, mimeType, buffer }: Chosen) => ({ name, type: mimeType, bytes: [...buffer] })

async function drag(page: Page, event: 'dragenter' | 'drop', file: Chosen): Promise<void> {
  const dataTransfer = await page.evaluateHandle(transferOf, given(file))
  await page.getByRole('main').dispatchEvent(event, { dataTransfer })
}

async function paste(page: Page, file: Chosen): Promise<void> {
  const clipboardData = await page.evaluateHandle(transferOf, given(file))
  await view.field(page).evaluate((field, clipboardData) => {
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, clipboardData)
}
