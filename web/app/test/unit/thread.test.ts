/** Whatever the network, the other side and the person do: each message is there once, in its place. */
import fc from 'fast-check'
import type { Reaction } from 'gochat-client'
import { expect, it } from 'vitest'
import { me, World } from '../../../client/test/world.ts'
import type { ShownMessage, State } from '../../src/model/state.ts'
import { pass, playTime, type Tab, Tabs } from '../page.ts'

playTime()

type Step =
  | { kind: 'hear' | 'elsewhere' | 'send' | 'open' | 'close' | 'older' | 'newer' | 'end'; peer: number }
  | { kind: 'read' | 'look'; peer: number; back: number }
  | { kind: 'retry' | 'discard'; peer: number }
  | { kind: 'change' | 'changed'; peer: number; action: 'edit' | 'recall' | 'react'; part: number; emoji: string }
  | { kind: 'reload' | 'cut' }
  | { kind: 'refuse'; isRefusing: boolean }
  | { kind: 'wait'; ms: number }

const peer = fc.constantFrom(2, 3)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom('hear', 'elsewhere', 'send', 'open', 'close', 'older'), peer }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('read', 'look'), peer, back: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('newer', 'end'), peer }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('retry', 'discard'), peer }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ kind: fc.constantFrom('change', 'changed'), peer, part: fc.nat(99) },
      ...{ action: fc.constantFrom('edit', 'recall', 'react', 'react'), emoji: fc.constantFrom('', '👍', '🎉') },
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reload', 'cut') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse'), isRefusing: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.nat(3_000) }) },
) as fc.Arbitrary<Step>

const refusal = { code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false }

/** At any moment. Each text is said once. */
function check({ threads }: State): void {
  for (const { messages } of Object.values(threads)) {
    const contents = messages.flatMap(({ content, isRecalled }) => (isRecalled ? [] : content))
    expect(new Set(contents).size, contents.join()).toBe(contents.length)
    expect(new Set(messages.map(({ key }) => key)).size).toBe(messages.length)
    const placed = messages.flatMap(({ seq }) => seq ?? [])
    expect(placed).toEqual([...placed].sort((one, other) => one - other))
    expect(messages.findLastIndex(({ seq }) => seq !== undefined)).toBe(placed.length - 1)
  }
}

class Play {
  readonly world: World
  readonly #tabs = new Tabs()
  readonly #faults: unknown[] = []
  #tab: Tab | undefined
  /** What was sent and not taken away, by peer. */
  readonly sent = new Map<number, Set<string>>([2, 3].map((peer) => [peer, new Set()]))
  /** What may have been recalled. */
  readonly recalled = new Set<string>()
  #count = 0

  constructor(fates: readonly number[]) {
    this.world = new World([2, 3], fates)
  }

  get tab(): Tab {
    if (!this.#tab) throw new Error('No tab is open.')
    return this.#tab
  }

  async open(): Promise<void> {
    this.#tab?.crash()
    this.#tab = await this.#tabs.open(this.world)
    this.#tab.subscribe((state) => {
      try {
        check(state)
      } catch (fault) {
        this.#faults.push(fault)
      }
    })
  }

  async do(step: Step): Promise<void> {
    const { world, tab } = this
    this.#count += 1
    if (step.kind === 'wait') await pass(step.ms)
    else if (step.kind === 'reload') await this.open()
    else if (step.kind === 'cut') for (const socket of [...world.sockets]) socket.cut()
    else if (step.kind === 'refuse') world.refusal = step.isRefusing ? refusal : undefined
    else if (step.kind === 'hear' || step.kind === 'elsewhere')
      world.say(step.peer, step.kind === 'hear' ? step.peer : me, `heard ${this.#count}`)
    else if (step.kind === 'changed') this.#changed(step)
    else if ('peer' in step) await this.#act(step, `2:${step.peer}`, tab)
  }

  async #act(step: Step & { peer: number }, key: string, { actions, state, thread }: Tab): Promise<void> {
    const failed = thread(step.peer)?.messages.find(({ state }) => state === 'failed')
    if (step.kind === 'open') void actions.openThread(key)
    else if (step.kind === 'close') actions.closeThread(key)
    else if (step.kind === 'older') void actions.loadOlder(key)
    else if (step.kind === 'newer') void actions.loadNewer(key)
    else if (step.kind === 'end') actions.lookAtEnd(key)
    else if (step.kind === 'look')
      void actions.lookAt(key, Math.max(1, (state.conversations[key]?.lastSeq ?? 0) - step.back))
    else if (step.kind === 'read') actions.markRead(key, (state.conversations[key]?.lastSeq ?? 0) - step.back)
    else if (step.kind === 'send') {
      this.sent.get(step.peer)?.add(`sent ${this.#count}`)
      actions.sendMessage(key, `sent ${this.#count}`)
      // What the browser has kept is what is promised.
      await pass(0)
    } else if (step.kind === 'change') this.#change(step, key)
    else if (failed && step.kind === 'retry') actions.retryMessage(key, failed.key)
    else if (failed && step.kind === 'discard') {
      actions.discardMessage(key, failed.key)
      this.sent.get(step.peer)?.delete(failed.content)
    }
    if (step.kind === 'retry') await pass(0)
  }

  /** Whoever wrote a message, or anybody, changes it elsewhere. */
  #changed({ peer, action, part, emoji }: Step & { kind: 'change' | 'changed' }): void {
    const said = (this.world.stored.get(peer) ?? []).filter(({ change, state }) => !change && !state?.recalled)
    const row = said[part % said.length]
    if (!row) return
    this.#note(row.content, action)
    const change = { seq: row.seq, action }
    this.world.change(peer, action === 'react' ? peer : row.from_user_id, change, this.#contentOf(row, action, emoji))
  }

  /** The person changes one of the messages that are shown. */
  #change({ peer, action, part, emoji }: Step & { kind: 'change' | 'changed' }, key: string): void {
    const { actions, thread } = this.tab
    const shown = (thread(peer)?.messages ?? []).filter(
      ({ seq, isRecalled, from_id }) => seq !== undefined && !isRecalled && (action === 'react' || from_id === me),
    )
    const message = shown[part % shown.length]
    if (!message?.seq) return
    this.#note(message.content, action)
    const content = this.#contentOf(message, action, emoji)
    if (action === 'edit') void actions.editMessage(key, message.seq, content)
    else if (action === 'recall') void actions.recallMessage(key, message.seq)
    else void actions.reactTo(key, message.seq, emoji)
  }

  #note(content: string, action: string): void {
    if (action === 'recall') this.recalled.add(baseOf(content))
  }

  #contentOf({ content }: { content: string }, action: string, emoji: string): string {
    return action === 'edit' ? `${baseOf(content)}, edited ${this.#count}` : emoji
  }

  /** All works from now on. @returns the threads, as far as they go back. */
  async end(): Promise<Map<number, ShownMessage[]>> {
    this.world.calm()
    await pass(200_000)
    for (const peer of [2, 3]) {
      void this.tab.actions.openThread(`2:${peer}`)
      await pass(30_000)
      this.tab.actions.lookAtEnd(`2:${peer}`)
      await pass(10)
      while (this.tab.thread(peer).hasOlder) {
        void this.tab.actions.loadOlder(`2:${peer}`)
        await pass(1_000)
      }
    }
    expect(this.#faults).toEqual([])
    return new Map([2, 3].map((peer) => [peer, this.tab.thread(peer).messages]))
  }
}

const baseOf = (content: string): string => content.split(',', 1)[0] ?? ''

/** What is shown of a message, however it was changed. */
const seenOf = ({ seq, content, isEdited, isRecalled, reactions = [] }: ShownMessage) =>
  isRecalled ? [seq, 'recalled'] : [seq, content, isEdited ?? false, sorted(reactions)]

type Row = NonNullable<ReturnType<World['stored']['get']>>[number]

const storedOf = ({ seq, content, state }: Row) =>
  state?.recalled ? [seq, 'recalled'] : [seq, content, state?.edited ?? false, sorted(state?.reactions ?? [])]

const sorted = (reactions: readonly Reaction[]) =>
  reactions.flatMap(({ emoji, user_ids }) => user_ids.map((id) => `${id} ${emoji}`)).sort()

const title =
  'a thread shows each message once, by seq, as its changes leave it, what is unanswered last, and what is unread is what a recount finds'
it(title, { timeout: 120_000 }, async () => {
  const fates = fc.array(fc.nat(999), { maxLength: 60, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), fates, async (steps, fates) => {
      const play = new Play(fates)
      await play.open()
      for (const one of steps) await play.do(one)
      const threads = await play.end()
      for (const [peer, messages] of threads) {
        const stored = play.world.stored.get(peer) ?? []
        const placed = messages.filter(({ seq }) => seq !== undefined)
        expect(placed.map(seenOf)).toEqual(stored.filter(({ change }) => !change).map(storedOf))
        const sent = play.sent.get(peer) ?? new Set()
        const own = new Set(messages.map(({ content }) => baseOf(content)).filter((text) => text.startsWith('sent')))
        expect([...own].filter((text) => !sent.has(text))).toEqual([])
        expect([...sent].filter((text) => !own.has(text) && !play.recalled.has(text))).toEqual([])
        const rest = messages.slice(placed.length)
        expect(rest.every(({ state }) => state === 'failed')).toBe(true)
        expect(play.tab.state.conversations[`2:${peer}`]?.unread).toBe(play.world.unreadOf(peer))
      }
      play.tab.crash()
    }),
    { numRuns: 200 },
  )
})
