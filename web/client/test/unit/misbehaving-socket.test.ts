/** Whatever the socket does, the application sees each message once, in order, and each message is stored once, in order. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Chat, type Message, memoryOutbox } from '../../src/index.ts'
import { me, World } from '../world.ts'

const peers = [2, 3]

type Step =
  | { kind: 'hear' | 'say' | 'sayElsewhere'; peer: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'reload' }
  | { kind: 'clock'; at: number }

const peer = fc.constantFrom(...peers)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('hear' as const, 'say' as const), peer }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sayElsewhere' as const), peer }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(30_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clock' as const), at: fc.nat(2_000_000_000_000) }) },
)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An application: what it shows, and what it said, over reloads of its page. */
class Application {
  readonly seen = new Map<number, Message[]>(peers.map((one) => [one, []]))
  readonly said = new Map<number, string[]>(peers.map((one) => [one, []]))
  readonly promises: Promise<unknown>[] = []
  readonly #outbox = memoryOutbox()
  readonly #world: World
  #chat: Chat

  constructor(world: World) {
    this.#world = world
    this.#chat = this.#open()
  }

  say(to: number, content: string): void {
    this.said.get(to)?.push(content)
    const sent = this.#chat.send({ target_id: to }, content)
    this.promises.push(
      sent.then(
        ({ content }) => content,
        (error) => error.reason,
      ),
    )
  }

  reload(): void {
    this.#chat.close()
    this.#chat = this.#open()
  }

  close(): void {
    this.#chat.close()
  }

  #open(): Chat {
    const chat = new Chat({ session: this.#world.session, outbox: this.#outbox, environment: this.#world.environment })
    for (const [target_id, messages] of this.seen) chat.follow({ target_id }, messages.length)
    chat.on('message', (message) => this.seen.get(message.target_id)?.push(message))
    chat.connect()
    return chat
  }
}

async function play(steps: readonly Step[], fates: readonly number[]): Promise<{ world: World; app: Application }> {
  const world = new World(peers, fates)
  const app = new Application(world)
  for (const [index, one] of steps.entries()) {
    if (one.kind === 'hear') world.say(one.peer, one.peer, `heard ${index}`)
    else if (one.kind === 'say') app.say(one.peer, `said ${index}`)
    else if (one.kind === 'sayElsewhere') world.say(one.peer, me, `elsewhere ${index}`)
    else if (one.kind === 'wait') await vi.advanceTimersByTimeAsync(one.ms)
    else if (one.kind === 'clock') vi.setSystemTime(one.at)
    else app.reload()
  }
  world.calm()
  await vi.advanceTimersByTimeAsync(400_000)
  app.close()
  return { world, app }
}

it('shows each message once and in order, and stores what was said once and in order', {
  timeout: 60_000,
}, async () => {
  const fates = fc.array(fc.nat(999), { maxLength: 300, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fates, async (steps, fates) => {
      const { world, app } = await play(steps, fates)
      for (const one of peers) {
        const rows = world.stored.get(one) ?? []
        expect(app.seen.get(one)?.map(({ seq, id, content, from_id }) => [seq, id, content, from_id])).toEqual(
          rows.map(({ seq, id, content, from_user_id }) => [seq, id, content, from_user_id]),
        )
        const said = rows.filter(({ content }) => content.startsWith('said')).map(({ content }) => content)
        expect(said).toEqual(app.said.get(one))
      }
      const outcomes = await Promise.all(app.promises)
      expect(outcomes.filter((one) => one !== 'CLOSED' && !String(one).startsWith('said'))).toEqual([])
      if (!steps.some(({ kind }) => kind === 'reload')) expect(outcomes).not.toContain('CLOSED')
    }),
    { numRuns: 300 },
  )
})
