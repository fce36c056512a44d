/** A browser for each file of tests, and people in it for each test: whatever happens, they may see no fault. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import * as friend from '../support/friend.ts'
import { register, uniqueName } from '../support/people.ts'
import { openGate } from './gate.ts'
import { type Look, optionsOf, Person } from './person.ts'

const ofFailures = resolve(import.meta.dirname, '../../.build/browser')
const people: Person[] = []
let browser: Browser

beforeAll(async () => {
  const { executablePath, env } = inject('chromium')
  // A sandbox is not to be had by root, nor in most containers. Nothing else of the browser's own safety is switched off.
  // Calls have a camera and a microphone that are made up, and a way on a machine without a network.
  const media = [
    'use-fake-device-for-media-stream',
    'use-fake-ui-for-media-stream',
    'allow-loopback-in-peer-connection',
  ]
  browser = await chromium.launch({
    ...{ executablePath, env, chromiumSandbox: false },
    args: media.map((name) => `--${name}`),
  })
})

afterAll(async () => await browser?.close())

afterEach(async ({ task }) => {
  const here = people.splice(0)
  if (task.result?.state === 'fail') await keepPictures(task.name, here)
  await Promise.all(here.map(({ context }) => context.close()))
  await Promise.all(here.map(({ gate }) => gate.close()))
  expect(here.flatMap(({ name, faults }) => faults.found.map((fault) => `${name}: ${fault}`))).toEqual([])
})

/** Who has heard of nothing yet, before the first view. */
export async function newcomer(name: string, look: Look = {}): Promise<Person> {
  const context = await browser.newContext(optionsOf(look))
  const person = new Person(context, await openGate(), name, look)
  people.push(person)
  return person
}

/** Registered, and signed in. */
export async function member(name: string, look: Look = {}): Promise<Person> {
  const person = await newcomer(uniqueName(name), look)
  await register(person.name)
  await person.open()
  await person.signIn()
  return person
}

/** Another browser of the same person. */
export async function again({ name }: Person, look: Look = {}): Promise<Person> {
  const other = await newcomer(name, look)
  await other.open()
  await other.signIn()
  return other
}

/** Two who are friends, and signed in. */
export async function friends(looks: { ada?: Look; bob?: Look } = {}): Promise<{ ada: Person; bob: Person }> {
  const [ada, bob] = await Promise.all([member('ada', looks.ada), member('bob', looks.bob)])
  await befriend(ada, bob)
  return { ada, bob }
}

export async function befriend(one: Person, other: Person): Promise<void> {
  const [a, b] = await Promise.all([one.account(), other.account()])
  await friend.befriend(a, b)
}

/** An event of a trace: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU. */
export interface TraceEvent {
  name: string
  pid: number
  tid: number
  /** Microseconds that it lasted, and those of the processor. */
  dur?: number
  tdur?: number
  args?: { name?: string }
}

/** What the browser did meanwhile. */
export async function tracing(page: Page, act: () => Promise<void>): Promise<TraceEvent[]> {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] })
  await act()
  return JSON.parse((await browser.stopTracing()).toString()).traceEvents
}

/** What is on the screens of a test that has failed. */
async function keepPictures(title: string, here: readonly Person[]): Promise<void> {
  await mkdir(ofFailures, { recursive: true })
  for (const { name, context } of here) {
    for (const [index, page] of context.pages().entries()) {
      const path = join(ofFailures, `${title} ${name} ${index}`.replaceAll(/[^\w. -]/g, ''))
      await page.screenshot({ path: `${path}.png`, timeout: 5_000 }).catch(() => {})
      const seen = await page.locator('body').ariaSnapshot({ timeout: 5_000 }).catch(String)
      await writeFile(`${path}.txt`, `${page.url()}\n${seen}\n`)
    }
  }
  console.log(`What the screens showed is in ${ofFailures}.`)
}
