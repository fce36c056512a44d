import { expect, it } from 'vitest'
import type { ShownMessage } from '../../src/model/state.ts'
import { isChangeable, isEditable } from '../../src/views/thread/changeable.ts'
import { messageAt } from '../../src/views/thread/said.ts'

const me = 1
const own = { key: 'a', seq: 3, from_id: me, content: 'Tea?', media: 1, at: Date.now(), state: 'stored' } as const
const { seq: _, ...unsaid } = own

it.each<[string, ShownMessage, boolean, boolean]>([
  ['one’s own', own, true, true],
  ['that of another', { ...own, from_id: 2 }, false, false],
  ['a notice', { ...own, from_id: 0 }, false, false],
  ['a picture of one’s own', { ...own, media: 2 }, true, false],
  ['one of two days ago', { ...own, at: Date.now() - 2 * 86_400_000 }, false, false],
  ['one that is recalled', { ...own, isRecalled: true }, false, false],
  ['one that has no place yet', { ...unsaid, state: 'sending' }, false, false],
])('%s may be recalled, or edited, as the service lets it', (_what, message, isRecallable, canBeEdited) => {
  expect([isChangeable(message, me), isEditable(message, me)]).toEqual([isRecallable, canBeEdited])
})

it('a message is found by its place, among those that lack some, and those without one', () => {
  const messages: ShownMessage[] = [2, 3, 5, 9].map((seq) => ({ ...own, seq }))
  const all = [...messages, ...Array.from({ length: 9 }, () => unsaid)]
  for (const seq of [2, 3, 5, 9]) expect(messageAt(all, seq)?.seq).toBe(seq)
  for (const seq of [1, 4, 10]) expect(messageAt(all, seq)).toBeUndefined()
  expect(messageAt([], 1)).toBeUndefined()
})
