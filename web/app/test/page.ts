/** The page without its views, in tabs of a browser: each has its own model, in a world and time that are made up. */
import { afterEach, beforeEach, vi } from 'vitest'
import { Browser } from '../../client/test/tabs.ts'
import { reply, type World } from '../../client/test/world.ts'
import type * as Actions from '../src/model/actions.ts'
import type { Platform } from '../src/model/platform.ts'
import type { State, Thread } from '../src/model/state.ts'

type Listener = (event: never) => void

/** The database takes turns of the real event loop. */
export function playTime(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
  afterEach(() => void vi.useRealTimers())
}

export async function pass(ms: number): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await vi.advanceTimersByTimeAsync(ms / 20)
    for (let time = 0; time < 5; time += 1) await new Promise((resolve) => setImmediate(resolve))
  }
}

export class Target {
  readonly #listeners: [string, Listener][] = []
  visibilityState = 'visible'
  focused = 0

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push([type, listener])
  }

  focus(): void {
    this.focused += 1
  }

  dispatch(type: string, event: object = {}): void {
    for (const [of, listener] of this.#listeners) if (of === type) listener(event as never)
  }
}

export class Shown {
  onclick: (() => void) | undefined
  readonly title: string
  readonly options: NotificationOptions
  isClosed = false

  constructor(title: string, options: NotificationOptions) {
    this.title = title
    this.options = options
  }

  close(): void {
    this.isClosed = true
  }
}

export interface Tab {
  actions: typeof Actions
  readonly state: State
  /** @throws TypeError when it was not opened. */
  thread(peer?: number): Thread
  subscribe(listener: (state: State) => void): void
  window: Target
  document: Target
  platform: { -readonly [name in keyof Platform]: Platform[name] }
  badges: number[]
  /** Ends it without a word. */
  crash(): void
}

/** One browser of one person. */
export class Tabs {
  readonly #browser = new Browser()
  readonly #windows = new Set<Target>()
  readonly kept = new Map<string, string>()
  readonly notifications: Shown[] = []
  permission: NotificationPermission = 'granted'

  /** Opens the page. With a session, the person is signed in already. */
  async open(world: World, session: object | null = world.session): Promise<Tab> {
    if (session && !this.kept.has('gochat.session')) this.kept.set('gochat.session', JSON.stringify(session))
    for (const path of ['/api/friend/requests', '/api/group/requests'])
      if (!world.answers.has(path)) world.answers.set(path, () => reply({ code: 0, msg: '', data: [] }, 200))
    vi.resetModules()
    const { platform } = await import('../src/model/platform.ts')
    const actions = await import('../src/model/actions.ts')
    const { useApp } = await import('../src/model/state.ts')
    // What it loads late would take real time, which does not pass here.
    await import('../../client/src/files.ts')
    const { environment, crash } = this.#browser.tab(world)
    const [window, document] = [new Target(), new Target()]
    const badges: number[] = []
    this.#windows.add(window)
    const own = {
      ...{ origin: world.session.url, environment, window, document, isOnline: true },
      storage: this.#storageOf(window),
      tabStorage: new Map<string, string>(),
      Notification: this.#notificationOf(),
      locks: { request: (name: string, hold: () => Promise<void>) => locksOf(environment).request(name, never, hold) },
      setBadge: (count: number) => void badges.push(count),
    }
    for (const [name, value] of Object.entries(own))
      Object.defineProperty(platform, name, { value, writable: true, configurable: true })
    await actions.resume()
    return {
      ...{ actions, window, document, platform, badges },
      get state() {
        return useApp.getState()
      },
      thread: (peer = 2) => useApp.getState().threads[`2:${peer}`] as Thread,
      subscribe: (listener) => void useApp.subscribe(listener),
      crash: () => {
        this.#windows.delete(window)
        crash()
      },
    }
  }

  #storageOf(window: Target): Platform['storage'] {
    const change = (key: string, value: string | undefined) => {
      // A tab that is gone writes nothing.
      if (!this.#windows.has(window)) return
      if (value === undefined) this.kept.delete(key)
      else this.kept.set(key, value)
      for (const other of this.#windows)
        if (other !== window) setTimeout(() => this.#windows.has(other) && other.dispatch('storage', { key }), 1)
    }
    return {
      getItem: (key) => this.kept.get(key) ?? null,
      setItem: (key, value) => change(key, value),
      removeItem: (key) => change(key, undefined),
    }
  }

  #notificationOf(): typeof Notification {
    const tabs = this
    return class extends Shown {
      static get permission() {
        return tabs.permission
      }

      static async requestPermission() {
        if (tabs.permission === 'default') tabs.permission = 'granted'
        return tabs.permission
      }

      constructor(title: string, options: NotificationOptions) {
        super(title, options)
        tabs.notifications.push(this)
      }
    } as unknown as typeof Notification
  }
}

const never = { signal: new AbortController().signal }

function locksOf({ locks }: Platform['environment']) {
  if (!locks) throw new Error('This browser has locks.')
  return locks
}
