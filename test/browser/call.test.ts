/** Calls at the page: two people see and hear each other, and everything else that becomes of a call. */
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { check } from './axe.ts'
import { type Look, type Person, soon } from './person.ts'
import { again, befriend, friends, member } from './stage.ts'
import * as view from './view.ts'

const call = (page: Page): Locator => page.getByRole('region', { name: 'Call', exact: true })
const button = (page: Page, name: string): Locator => call(page).getByRole('button', { name, exact: true })

/** Where a film is, in seconds; 0 while nothing is seen of it. */
const placeOf = (video: Locator): Promise<number> =>
  video.evaluate((element) => {
    const { videoWidth, currentTime } = element as HTMLVideoElement
    return videoWidth > 0 ? currentTime : 0
  })

/** The friend's picture moves. */
async function sees(one: Person, other: Person): Promise<void> {
  const video = call(one.page).getByLabel(`Video of ${other.name}`)
  const before = await soon(async () => {
    const place = await placeOf(video)
    expect(place).toBeGreaterThan(0)
    return place
  })
  await soon(async () => expect(await placeOf(video)).toBeGreaterThan(before + 0.5))
}

/** How bright the brightest point of a picture is, up to 255. */
const brightnessOf = (video: Locator): Promise<number> =>
  video.evaluate((element) => {
    const context = Object.assign(document.createElement('canvas'), { width: 16, height: 16 }).getContext('2d')
    context?.drawImage(element as HTMLVideoElement, 0, 0, 16, 16)
    const { data } = context?.getImageData(0, 0, 16, 16) ?? { data: [] }
    return Math.max(...data.filter((_, index) => index % 4 < 3))
  })

/** The loudest that is heard within as long as the microphone, which is made up, takes from one beep to the next; up to 1. */
const loudnessOf = (video: Locator): Promise<number> =>
  video.evaluate(async (element) => {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource((element as HTMLVideoElement).srcObject as MediaStream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let loudest = 0
    for (const end = performance.now() + 1_500; performance.now() < end; ) {
      analyser.getFloatTimeDomainData(samples)
      loudest = Math.max(loudest, ...samples.map(Math.abs))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await context.close()
    return loudest
  })

/** Presses a button that stays pressed, or comes up again. */
async function turn(one: Person, name: 'Mute' | 'Camera off', isPressed: boolean): Promise<void> {
  const control = button(one.page, name)
  await one.click(control)
  await soon(async () => expect(await control.getAttribute('aria-pressed')).toBe(String(isPressed)))
}

async function ring(one: Person, other: Person, name: 'Call' | 'Video call' = 'Call'): Promise<void> {
  await one.openChat(other.name)
  await one.click(one.page.getByRole('button', { name, exact: true }))
  await call(one.page).getByText('Calling…').waitFor()
  await button(other.page, 'Accept').waitFor()
}

const looks: [string, Look, Look][] = [
  ['a desktop and a phone', { device: 'desktop' }, { device: 'phone', theme: 'dark' }],
  ['a phone and a desktop', { device: 'phone' }, { device: 'desktop', theme: 'dark' }],
]

describe.each(looks)('between %s', (_title, adas, bobs) => {
  it('two people see each other, turn microphone and camera off and on, and hang up', async () => {
    const { ada, bob } = await friends({ ada: adas, bob: bobs })
    await ring(ada, bob, 'Video call')
    await check(bob, 'a call that rings')
    await bob.click(button(bob.page, 'Accept'))
    await Promise.all([sees(ada, bob), sees(bob, ada)])
    for (const { page } of [ada, bob])
      await call(page)
        .getByRole('timer')
        .getByText(/^0:\d\d$/)
        .waitFor()
    await Promise.all([check(ada, 'a call'), check(bob, 'a call')])
    const picture = call(bob.page).getByLabel(`Video of ${ada.name}`)
    await soon(async () => expect(await loudnessOf(picture)).toBeGreaterThan(0.01))
    await turn(ada, 'Mute', true)
    await soon(async () => expect(await loudnessOf(picture)).toBeLessThan(0.001))
    await turn(ada, 'Mute', false)
    await soon(async () => expect(await loudnessOf(picture)).toBeGreaterThan(0.01))
    expect(await brightnessOf(picture)).toBeGreaterThan(100)
    await turn(ada, 'Camera off', true)
    await soon(async () => expect(await brightnessOf(picture)).toBeLessThan(40))
    await turn(ada, 'Camera off', false)
    await soon(async () => expect(await brightnessOf(picture)).toBeGreaterThan(100))
    await bob.click(button(bob.page, 'Hang up'))
    await call(bob.page).waitFor({ state: 'detached' })
    await call(ada.page).getByText('The call has ended.').waitFor()
    await call(ada.page).waitFor({ state: 'detached' })
    await view.message(ada.page, 'Call, 0:').waitFor()
  })
})

it('two people talk without pictures, by the keyboard', async () => {
  const { ada, bob } = await friends()
  await ada.openChat(bob.name)
  await ada.page.getByRole('button', { name: 'Call', exact: true }).press('Enter')
  await button(bob.page, 'Accept').press('Enter')
  for (const { page } of [ada, bob]) {
    await call(page).getByRole('timer').waitFor()
    const sound = call(page).locator('audio')
    await soon(async () =>
      expect(await sound.evaluate((one) => (one as HTMLAudioElement).currentTime)).toBeGreaterThan(0.5),
    )
  }
  expect(await button(ada.page, 'Camera off').count()).toBe(0)
  await button(ada.page, 'Hang up').press('Enter')
  await call(bob.page).getByText('The call has ended.').waitFor()
})

it('who declines is let alone, and the caller is told', async () => {
  const { ada, bob } = await friends()
  await ring(ada, bob)
  await bob.click(button(bob.page, 'Decline'))
  await call(bob.page).waitFor({ state: 'detached' })
  await call(ada.page).getByText('The call was declined.').waitFor()
  await view.message(ada.page, 'Declined call').waitFor()
})

it('a call that is given up was missed, and stays to be read', async () => {
  const { ada, bob } = await friends()
  await ring(ada, bob)
  await ada.click(button(ada.page, 'Hang up'))
  await call(bob.page).getByText('Missed call.').waitFor()
  await bob.openChat(ada.name)
  await view.message(bob.page, 'Missed call').waitFor()
})

it('who talks is busy for everybody else', async () => {
  const { ada, bob } = await friends()
  const carol = await member('carol')
  await befriend(carol, bob)
  await ring(ada, bob)
  await carol.openChat(bob.name)
  await carol.click(carol.page.getByRole('button', { name: 'Call', exact: true }))
  await call(carol.page).getByText('Busy: in another call.').waitFor()
  await button(bob.page, 'Accept').waitFor()
  await bob.click(button(bob.page, 'Decline'))
})

it('rings at all devices and in all tabs of a friend until one answers', async () => {
  const { ada, bob } = await friends()
  const phone = await again(bob, { device: 'phone' })
  const tab = bob.page
  await bob.open()
  await view.conversation(bob.page, ada.name).waitFor()
  await ring(ada, bob)
  await button(phone.page, 'Accept').waitFor()
  await button(tab, 'Accept').waitFor()
  await bob.click(button(bob.page, 'Accept'))
  for (const page of [phone.page, tab]) await call(page).getByText('Answered on another device.').waitFor()
  await call(ada.page).getByRole('timer').waitFor()
  await ada.click(button(ada.page, 'Hang up'))
})

interface Told {
  title: string
  options: NotificationOptions
  isClosed: boolean
}

type Watched = typeof globalThis & { told: (Told & { onclick?: () => void })[]; focused: number }

/** Lets nobody look at the tab, and takes down what the system is told: a browser without a screen shows nothing. */
async function hide({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    const watched = globalThis as Watched
    Object.assign(watched, { told: [], focused: 0 })
    watched.Notification = class {
      static permission = 'granted'
      title: string
      options: NotificationOptions
      isClosed = false
      constructor(title: string, options: NotificationOptions) {
        this.title = title
        this.options = options
        // A missed call is a message, too, which is told of by itself.
        if (options.tag === 'call') watched.told.push(this)
      }
      close() {
        this.isClosed = true
      }
    } as never
    window.focus = () => {
      watched.focused += 1
    }
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
  })
}

const told = ({ page }: Person): Promise<Told[]> =>
  page.evaluate(() =>
    (globalThis as Watched).told.map(({ title, options, isClosed }) => ({ title, options, isClosed })),
  )

/** Chooses the notification that came last. @returns how often the tab was brought to the front. */
const choose = ({ page }: Person): Promise<number> =>
  page.evaluate(() => {
    const { told } = globalThis as Watched
    told.at(-1)?.onclick?.()
    return (globalThis as Watched).focused
  })

it.each([
  ['en', 'Call', 'Calls you'],
  ['zh', 'Video call', '邀请你视频通话'],
] as const)('is told of by the system in a hidden tab, until it rings no longer (%s)', async (language, kind, text) => {
  const { ada, bob } = await friends({ bob: { language } })
  const phone = await again(bob, { device: 'phone' })
  await view.conversation(phone.page, ada.name).waitFor()
  await hide(bob)
  await bob.page.evaluate(() => localStorage.setItem('gochat.notifications', '"on"'))
  await bob.page.evaluate(() => window.dispatchEvent(new StorageEvent('storage', { key: 'gochat.notifications' })))
  await ada.openChat(bob.name)
  await ada.click(ada.page.getByRole('button', { name: kind, exact: true }))
  const rings = { title: ada.name, options: { body: text, requireInteraction: true }, isClosed: false }
  await soon(async () => expect(await told(bob)).toMatchObject([rings]))
  expect(await choose(bob)).toBe(1)
  expect(await told(bob)).toMatchObject([{ isClosed: true }])
  await ada.click(button(ada.page, 'Hang up'))
  await call(ada.page).waitFor({ state: 'detached' })
  // It is over, or answered on another device.
  await ada.click(ada.page.getByRole('button', { name: kind, exact: true }))
  await soon(async () => expect((await told(bob)).at(-1)).toMatchObject(rings))
  await ada.click(button(ada.page, 'Hang up'))
  await soon(async () => expect((await told(bob)).map(({ isClosed }) => isClosed)).toEqual([true, true]))
  await ada.click(ada.page.getByRole('button', { name: kind, exact: true }))
  await soon(async () => expect((await told(bob)).at(-1)).toMatchObject(rings))
  await phone.click(button(phone.page, 'Accept'))
  await soon(async () => expect((await told(bob)).map(({ isClosed }) => isClosed)).toEqual([true, true, true]))
  await ada.click(button(ada.page, 'Hang up'))
})

it('is told of in Chinese to who reads Chinese', async () => {
  const { ada, bob } = await friends({ ada: { language: 'zh' } })
  await ada.page.getByRole('link', { name: new RegExp(bob.name) }).click()
  await ada.page.getByRole('button', { name: '语音通话' }).click()
  await ada.page.getByText('正在呼叫…').waitFor()
  await ada.page.getByRole('button', { name: '挂断' }).click()
  await call(bob.page).getByText('Missed call.').waitFor()
})
