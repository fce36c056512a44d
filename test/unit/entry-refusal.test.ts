/** What a client is told of anything that goes wrong. */
import { afterEach, expect, it, vi } from 'vitest'
import { DependencyTimeout } from '../../lib/core/outage.ts'
import { Refusal } from '../../lib/core/refusal.ts'
import { refusal } from '../../lib/entry/middleware/refusal.ts'
import { errorLines, through } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

const told = (error: unknown) =>
  through([refusal(2, ({ reason, detail }) => ({ reason, ...detail }))], {}, () => Promise.reject(error))

it('a refusal is told as it is, and no fault', async () => {
  const lines = errorLines()
  expect(await told(new Refusal('CONFLICT', { field: 'x' }))).toEqual({ reason: 'CONFLICT', field: 'x' })
  expect(lines).toEqual([])
})

it('an outage is worth another attempt, and logged', async () => {
  const lines = errorLines()
  expect(await told(new DependencyTimeout('mysql', 1))).toEqual({ reason: 'UNAVAILABLE', retryAfterSeconds: 2 })
  expect(lines).toEqual([expect.objectContaining({ msg: 'a dependency is down' })])
})

it.each([new TypeError('x is undefined'), 'a text', null])(
  'a fault is told without detail, and logged: %s',
  async (error) => {
    const lines = errorLines()
    expect(await told(error)).toEqual({ reason: 'FAULT' })
    expect(lines).toEqual([expect.objectContaining({ msg: 'fault' })])
  },
)
