/** Errors, as the client is told of them. */
import { afterEach, expect, it, vi } from 'vitest'
import { DependencyTimeout } from '../../lib/core/outage.ts'
import { Refusal } from '../../lib/core/refusal.ts'
import { refusal } from '../../lib/entry/middleware/refusal.ts'
import { errorLines, through } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

const told = (error: unknown) =>
  through([refusal(2, ({ reason, detail }) => ({ reason, ...detail }))], {}, () => Promise.reject(error))

it('a refusal is passed on as it is, and not logged as an error', async () => {
  const lines = errorLines()
  expect(await told(new Refusal('CONFLICT', { field: 'x' }))).toEqual({ reason: 'CONFLICT', field: 'x' })
  expect(lines).toEqual([])
})

it('an outage may be retried, and is logged', async () => {
  const lines = errorLines()
  expect(await told(new DependencyTimeout('mysql', 1))).toEqual({ reason: 'UNAVAILABLE', retryAfterSeconds: 2 })
  expect(lines).toEqual([expect.objectContaining({ msg: 'a dependency is down' })])
})

it.each([new TypeError('x is undefined'), 'a text', null])(
  'a fault is passed on without details, and logged: %s',
  async (error) => {
    const lines = errorLines()
    expect(await told(error)).toEqual({ reason: 'FAULT' })
    expect(lines).toEqual([expect.objectContaining({ msg: 'fault' })])
  },
)
