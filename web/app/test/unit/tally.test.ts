/** Unread messages, counted beside the service. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Tally } from '../../src/model/tally.ts'

type Step =
  | { kind: 'said'; isOfOther: boolean }
  | { kind: 'hear'; count: number }
  | { kind: 'ask' }
  | { kind: 'answer'; which: number }
  | { kind: 'read' | 'readElsewhere'; part: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('said' as const), isOfOther: fc.boolean() }),
  fc.record({ kind: fc.constant('hear' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.constant({ kind: 'ask' as const }),
  fc.record({ kind: fc.constant('answer' as const), which: fc.nat(3) }),
  fc.record({
    kind: fc.constantFrom('read' as const, 'readElsewhere' as const),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
)

/** A conversation as the service has it, and what its client was told of it so far. */
class Talk {
  /** Whether each message is of the other side. */
  readonly said: boolean[] = []
  readonly tally = new Tally()
  mark = 0
  #heard = 0
  readonly #answers: { last_seq: number; read_seq: number; unread_count: number }[] = []

  recount(mark: number, upTo: number): number {
    return this.said.filter((isOfOther, index) => isOfOther && index >= mark && index < upTo).length
  }

  do(step: Step): void {
    if (step.kind === 'said') this.said.push(step.isOfOther)
    else if (step.kind === 'hear') this.hear(step.count)
    else if (step.kind === 'ask') this.#ask()
    else if (step.kind === 'answer') for (const answer of this.#answers.splice(step.which, 1)) this.tally.learn(answer)
    else if (step.kind === 'read') {
      this.tally.read(Math.floor(step.part * this.tally.lastSeq))
      // Told to the service, which is told of nothing else before it.
      this.mark = Math.max(this.mark, this.tally.readSeq)
    } else this.mark = Math.max(this.mark, Math.floor(step.part * this.said.length))
  }

  #ask(): void {
    const last_seq = this.said.length
    this.#answers.push({ last_seq, read_seq: this.mark, unread_count: this.recount(this.mark, last_seq) })
  }

  /** Events come in order, and none is missed. */
  hear(count: number): void {
    for (const isOfOther of this.said.slice(this.#heard, this.#heard + count)) {
      this.#heard += 1
      this.tally.arrived(this.#heard, isOfOther)
    }
  }

  /** All that is here: as an open conversation counts it. */
  unread() {
    return this.tally.unread((after, upTo) => this.recount(after, upTo))
  }
}

it('whatever events and answers come in which order, the count is the recount of all that was told', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const talk = new Talk()
      for (const one of steps) {
        talk.do(one)
        const { lastSeq, readSeq } = talk.tally
        expect(talk.unread()).toEqual({ count: talk.recount(readSeq, lastSeq), isExact: true })
      }
      talk.hear(1_000)
      expect(talk.tally.lastSeq).toBe(talk.said.length)
    }),
    { numRuns: 1_000 },
  )
})

it('what only the service can count is said to be so', () => {
  const tally = new Tally()
  tally.learn({ last_seq: 10, read_seq: 2, unread_count: 5 })
  tally.read(4)
  expect(tally.unread(() => undefined)).toEqual({ count: 5, isExact: false })
  tally.learn({ last_seq: 10, read_seq: 4, unread_count: 3 })
  expect(tally.unread(() => undefined)).toEqual({ count: 3, isExact: true })
})
