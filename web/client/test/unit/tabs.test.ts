/** Several tabs of one user: one connection, one outbox, and each sees everything. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Chat, type ChatError, type Message } from '../../src/index.ts'
import { Browser } from '../tabs.ts'
import { me, World } from '../world.ts'

// The database takes turns of the real event loop.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const two = { target_id: 2 }

async function pass(ms: number): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await vi.advanceTimersByTimeAsync(ms / 20)
    for (let time = 0; time < 5; time += 1) await new Promise((resolve) => setImmediate(resolve))
  }
}

class Tab {
  readonly chat: Chat
  readonly messages: Message[] = []
  readonly ended: ChatError[] = []
  readonly crash: () => void

  constructor(browser: Browser, world: World, session = world.session) {
    const { environment, crash } = browser.tab(world)
    this.crash = crash
    this.chat = new Chat({ session, environment })
    this.chat.follow(two, 0)
    this.chat.on('message', (message) => this.messages.push(message))
    this.chat.on('ended', (error) => this.ended.push(error))
    this.chat.connect()
  }

  get contents(): string[] {
    return this.messages.map(({ content }) => content)
  }
}

async function open(count: number, world = new World([2])) {
  const browser = new Browser()
  const tabs: Tab[] = []
  for (let index = 0; index < count; index += 1) {
    tabs.push(new Tab(browser, world))
    await pass(100)
  }
  const [first, second] = tabs as [Tab, Tab]
  return { world, browser, tabs, first, second }
}

describe('tabs', () => {
  it('share one connection, and all see all that comes', async () => {
    const { world, tabs } = await open(3)
    world.say(2, 2, 'hello')
    await pass(500)
    expect([world.dials, world.sockets.size]).toEqual([1, 1])
    for (const tab of tabs) expect(tab.contents).toEqual(['hello'])
  })

  it('that open later catch up', async () => {
    const { browser, world } = await open(1)
    world.say(2, 2, 'hello')
    await pass(500)
    const late = new Tab(browser, world)
    await pass(500)
    expect(late.contents).toEqual(['hello'])
    expect(world.dials).toBe(1)
  })

  it('send by the one that leads, and each gets the answers to its own', async () => {
    const { world, tabs, second } = await open(3)
    const sent = ['one', 'two'].map((text) => second.chat.send(two, text))
    await pass(1_000)
    expect(await Promise.all(sent)).toMatchObject([
      { seq: 1, content: 'one' },
      { seq: 2, content: 'two' },
    ])
    for (const tab of tabs) expect(tab.contents).toEqual(['one', 'two'])
    expect(world.dials).toBe(1)
  })

  it('are told why a message was refused', async () => {
    const { world, second } = await open(2)
    world.refusal = { code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false }
    const caught = expect(second.chat.send(two, 'one')).rejects.toMatchObject({
      name: 'ChatError',
      reason: 'NOT_FRIENDS',
    })
    await pass(500)
    await caught
  })

  it.each(['is closed', 'crashes'])('go on when the one that leads %s, and send what it left', async (how) => {
    const { world, first, second } = await open(2)
    world.isMute = true
    first.chat.send(two, 'left behind').catch(() => {})
    await pass(100)
    world.isMute = false
    if (how === 'crashes') first.crash()
    else first.chat.close()
    await pass(2_000)
    world.say(2, 2, 'hello')
    await pass(500)
    expect(second.contents).toEqual(['left behind', 'hello'])
    expect([world.dials, world.sockets.size]).toEqual([2, 1])
  })

  it('all end with the session, and one that connects again leads', async () => {
    const { world, first, second } = await open(2)
    for (const socket of world.sockets) socket.deliver({ type: 10, reason: 'SESSION_ENDED', reconnect_after_ms: 0 })
    await pass(1_000)
    for (const { ended } of [first, second])
      expect(ended).toMatchObject([{ name: 'ChatError', reason: 'SESSION_ENDED' }])
    second.chat.connect()
    await pass(500)
    expect(world.dials).toBe(2)
  })

  it('type and read by the one that leads', async () => {
    const { world, second } = await open(2)
    second.chat.typing(two, true)
    second.chat.read(two, 7)
    await pass(100)
    expect(world.sent.filter(({ type }) => type !== 0)).toEqual([
      { type: 7, target_id: 2, typing: true },
      { type: 6, target_id: 2, seq: 7 },
    ])
  })
})

describe('what one tab does', () => {
  it('is told to all: what it sends, and what becomes of it', async () => {
    const { world, tabs, second } = await open(3)
    const told = tabs.map(() => [] as unknown[])
    for (const [index, { chat }] of tabs.entries()) {
      chat.on('queued', ({ content }) => told[index]?.push(['queued', content]))
      chat.on('answered', ({ content }, answer) => told[index]?.push(['answered', content, 'seq' in answer]))
    }
    void second.chat.send(two, 'one')
    await pass(1_000)
    world.refusal = { code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false }
    second.chat.send(two, 'two').catch(() => {})
    await pass(1_000)
    const expected = [
      ['queued', 'one'],
      ['answered', 'one', true],
      ['queued', 'two'],
      ['answered', 'two', false],
    ]
    expect(told).toEqual([expected, expected, expected])
  })

  it.each([0, 1])('is told to all others: how far it has read, by tab %i', async (reader) => {
    const { tabs } = await open(3)
    const told = tabs.map(() => [] as unknown[])
    for (const [index, { chat }] of tabs.entries()) chat.on('receipt', (receipt) => told[index]?.push(receipt))
    tabs[reader]?.chat.read(two, 7)
    await pass(500)
    const receipt = { target_id: 2, chat_type: 2, from_id: me, seq: 7 }
    expect(told).toEqual(tabs.map((_, index) => (index === reader ? [] : [receipt])))
  })

  it('with a session that has ended ends no chat of a newer one', async () => {
    const world = new World([2])
    const browser = new Browser()
    const old = new Tab(browser, world)
    await pass(500)
    const renewed = new Tab(browser, world, { ...world.session, token: 'another token' })
    await pass(500)
    const [first] = world.sockets
    first?.deliver({ type: 10, reason: 'SESSION_ENDED', reconnect_after_ms: 0 })
    await pass(500)
    expect(old.ended).toMatchObject([{ reason: 'SESSION_ENDED' }])
    expect(renewed.ended).toEqual([])
    world.say(2, 2, 'hello')
    await pass(500)
    expect(renewed.contents).toEqual(['hello'])
  })
})

type Step = { kind: 'open' | 'close' | 'crash' | 'say'; tab: number } | { kind: 'hear' } | { kind: 'wait'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('open' as const, 'close' as const, 'crash' as const), tab: fc.nat(2) }),
  fc.record({ kind: fc.constant('say' as const), tab: fc.nat(2) }),
  fc.constant({ kind: 'hear' as const }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }),
)

/** Lets tabs come and go. @returns those that are left, and what was kept to be sent. */
async function play(steps: readonly Step[], world: World): Promise<{ left: Tab[]; said: string[] }> {
  const browser = new Browser()
  const tabs = new Map<number, Tab>()
  const said: string[] = []
  for (const [index, one] of steps.entries()) {
    const tab = 'tab' in one ? tabs.get(one.tab) : undefined
    if (one.kind === 'hear') world.say(2, 2, `heard ${index}`)
    else if (one.kind === 'wait') await pass(one.ms)
    else if (one.kind === 'open') tabs.set(one.tab, tab ?? new Tab(browser, world))
    else if (one.kind === 'say' && tab) {
      said.push(`said ${index}`)
      tab.chat.send(two, `said ${index}`).catch(() => {})
      // What a tab has kept when it goes is what is promised.
      await pass(0)
    } else if (one.kind === 'close' || one.kind === 'crash') {
      if (one.kind === 'crash') tab?.crash()
      else tab?.chat.close()
      tabs.delete(one.tab)
    }
  }
  return { left: [...tabs.values(), new Tab(browser, world)], said }
}

const title = 'whatever tabs come and go, each sees all once and in order, and what was kept is stored once'
it(title, { timeout: 60_000 }, async () => {
  const fates = fc.array(fc.nat(999), { maxLength: 60, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), fates, async (steps, fates) => {
      const world = new World([2], fates)
      const { left, said } = await play(steps, world)
      world.calm()
      await pass(400_000)
      const stored = (world.stored.get(2) ?? []).map(({ content }) => content)
      for (const { contents } of left) expect(contents).toEqual(stored)
      expect(stored.filter((text) => text.startsWith('said')).sort()).toEqual(said.sort())
      for (const { chat } of left) chat.close()
    }),
    { numRuns: 100 },
  )
})
