/** The judge of who asks one thing after another, just after connections fell silent. */
import { describe, expect, it } from 'vitest'
import { judge, type Tried } from '../fault/flow.ts'

const answered = (ms: number): Tried => ({ at: 0, answeredAt: ms })
const refused: Tried = { at: 0, answeredAt: 1_500, isRefused: true }
const unanswered: Tried = { at: 0 }
const soon = [answered(20), answered(299)]

describe('frames', () => {
  it.each([
    ['all are answered soon', soon],
    ['the first waits', [answered(2_000), ...soon]],
    ['the first is refused', [refused, ...soon]],
    ['the first is never answered', [unanswered, ...soon]],
  ])('are as they must be when %s', (_case, tried) => {
    expect(judge('message', tried)).toEqual([])
  })

  it.each([
    [
      'a second is refused',
      [refused, refused, ...soon],
      ['2 of 4 times a message failed', 'a later message waited 1500 ms'],
    ],
    ['a later one waits', [answered(20), answered(301)], ['a later message waited 301 ms']],
    ['a later one is never answered', [answered(20), unanswered], ['a later message waited Infinity ms']],
  ])('are found when %s', (_case, tried, found) => {
    expect(judge('message', tried)).toEqual(found)
  })
})

it('no read may fail, not even the first', () => {
  expect(judge('read', [answered(2_500), ...soon])).toEqual([])
  expect(judge('read', [refused, ...soon])).toEqual(['1 of 3 times a read failed'])
})
