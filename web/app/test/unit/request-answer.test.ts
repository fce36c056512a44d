/** Requests as they are shown while answers are under way: at once, and taken back when they fail. */
import { describe, expect, it } from 'vitest'
import type { FriendRequest } from '../../src/model/state.ts'
import { type Answer, type Answers, rowsOf, withAnswer } from '../../src/views/people/answers.ts'

const request = (id: number): FriendRequest => ({
  id,
  sender_id: 100 + id,
  sender_name: `person ${id}`,
  avatar: '',
  remark: '',
  created_at: '2026-11-28 20:00:00',
})
const answered = (id: number, accepts: boolean, state: Answer['state']): Answers =>
  withAnswer(new Map(), { request: request(id), accepts, state })
const ids = (waiting: number[], answers: Answers) =>
  rowsOf(waiting.map(request), answers).map(({ request: { id } }) => id)

describe('the rows of requests', () => {
  it('are those that wait, the newest first', () => expect(ids([1, 3, 2], new Map())).toEqual([3, 2, 1]))

  it.each(['busy', 'done'] as const)('lose what is declined at once (%s)', (state) => {
    expect(ids([1, 2], answered(2, false, state))).toEqual([1])
  })

  it.each(['busy', 'done'] as const)('keep what is accepted in its place, listed or not (%s)', (state) => {
    expect(ids([1, 2, 3], answered(2, true, state))).toEqual([3, 2, 1])
    expect(ids([1, 3], answered(2, true, state))).toEqual([3, 2, 1])
  })

  it.each([true, false])('show again what could not be answered (accepts: %s)', (accepts) => {
    expect(ids([1, 2], answered(2, accepts, 'failed'))).toEqual([2, 1])
    expect(ids([1], answered(2, accepts, 'failed'))).toEqual([2, 1])
  })

  it('follow the last answer to each', () => {
    const again = withAnswer(answered(2, false, 'failed'), { request: request(2), accepts: false, state: 'busy' })
    expect(ids([1, 2], again)).toEqual([1])
    expect(rowsOf([request(2)], answered(2, true, 'done'))[0]?.answer?.state).toBe('done')
  })
})
