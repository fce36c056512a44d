/** Requests, friendships and blocks when two people act at the same instant. */
import { afterAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../lib/core/refusal.ts'
import { accept, refuse } from '../../lib/wire/friend.ts'
import {
  ask,
  befriend,
  between,
  blocks,
  decide,
  expectWhole,
  refusal,
  remove,
  seen,
  strangers,
  unblocks,
} from './contact.ts'
import { closeClients } from './stage.ts'

afterAll(closeClients)

describe('of two at the same instant', () => {
  const rounds = [1, 2, 3, 4]
  const winners = (outcomes: PromiseSettledResult<void>[]) => outcomes.map(({ status }) => status === 'fulfilled')

  it.each(rounds)('one equal request is made (round %i)', async () => {
    const { ada, bob } = await strangers()
    const outcomes = await Promise.allSettled([ask(ada, bob), ask(ada, bob), ask(ada, bob)])
    expect(winners(outcomes).filter(Boolean)).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refusal('REQUEST_PENDING'))
    }
  })

  it.each(rounds)('one verdict counts (round %i)', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    const outcomes = await Promise.allSettled([decide(bob, ada, accept), decide(bob, ada, refuse)])
    expect(winners(outcomes).filter(Boolean)).toHaveLength(1)
    expect((await seen(ada, bob)) !== undefined).toBe(winners(outcomes)[0])
    await expectWhole(ada, bob)
  })

  it.each(rounds)('one acceptance of crossing requests makes the friendship (round %i)', async () => {
    const { ada, bob } = await strangers()
    await Promise.all([ask(ada, bob), ask(bob, ada)])
    const outcomes = await Promise.allSettled([decide(ada, bob, accept), decide(bob, ada, accept)])
    expect(winners(outcomes).filter(Boolean)).toHaveLength(1)
    expect(await seen(ada, bob)).toBeDefined()
    await expectWhole(ada, bob)
  })

  it.each(rounds)('the one who blocks has the last word over an acceptance (round %i)', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    const [, blocked] = await Promise.allSettled([decide(bob, ada, accept), blocks(ada, bob)])
    expect(blocked.status).toBe('fulfilled')
    expect(await between(ada, bob)).toMatchObject({ friends: [], blockers: [ada] })
  })
})

/** Everything that ada and bob can do, and every state that they can start from. */
const acts: Record<string, (ada: number, bob: number) => Promise<void>> = {
  'ada asks': (ada, bob) => ask(ada, bob),
  'bob asks': (ada, bob) => ask(bob, ada),
  'ada accepts': (ada, bob) => decide(ada, bob, accept),
  'bob accepts': (ada, bob) => decide(bob, ada, accept),
  'bob refuses': (ada, bob) => decide(bob, ada, refuse),
  'ada deletes': (ada, bob) => remove(ada, bob),
  'bob deletes': (ada, bob) => remove(bob, ada),
  'ada blocks': (ada, bob) => blocks(ada, bob),
  'bob blocks': (ada, bob) => blocks(bob, ada),
  'ada unblocks': (ada, bob) => unblocks(ada, bob),
}
const starts: Record<string, (ada: number, bob: number) => Promise<unknown>> = {
  strangers: async () => undefined,
  'a request': (ada, bob) => ask(ada, bob),
  'crossing requests': async (ada, bob) => [await ask(ada, bob), await ask(bob, ada)],
  friends: (ada, bob) => befriend(ada, bob),
  'a block': (ada, bob) => blocks(ada, bob),
  'a block and a request': async (ada, bob) => [await blocks(ada, bob), await ask(bob, ada)],
}

describe.each(Object.entries(starts))('from %s', (_start, prepare) => {
  const names = Object.keys(acts)
  const pairs = names.flatMap((one, index) => names.slice(index).map((other) => [one, other] as const))

  it.each(pairs)('%s while %s: what is left is whole', async (one, other) => {
    const { ada, bob } = await strangers()
    await prepare(ada, bob)
    const outcomes = await Promise.allSettled([acts[one]?.(ada, bob), acts[other]?.(ada, bob)])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Refusal)
    }
    await expectWhole(ada, bob)
  })
})
