/** The middleware stack of every entry: its order, its failures, and the context of its log lines. */
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as log from '../../lib/core/log.ts'
import { fault } from '../../lib/entry/middleware/fault.ts'
import { stack } from '../../lib/entry/stack.ts'
import { errorLines, lambda, through } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

describe('a stack', () => {
  it('runs its hooks inward before the work, and outward after it', async () => {
    const seen: string[] = []
    const noting = (name: string) => ({
      before: () => void seen.push(`${name} before`),
      after: () => void seen.push(`${name} after`),
    })
    await through([noting('outer'), noting('inner')], {}, async () => void seen.push('work'))
    expect(seen).toEqual(['outer before', 'inner before', 'work', 'inner after', 'outer after'])
  })

  it('does not run the work after a hook has thrown', async () => {
    const work = vi.fn()
    const refusing = { before: () => Promise.reject(new Error('no')) }
    await expect(through([refusing], {}, work)).rejects.toThrow('no')
    expect(work).not.toHaveBeenCalled()
  })

  it('fails in time for its hooks to log it, if the work uses up the time of the function', async () => {
    const lines = errorLines()
    const handler = stack(
      () => ({}),
      [fault('batch failed')],
      () => new Promise(() => {}),
    )
    await expect(handler({}, { ...lambda, getRemainingTimeInMillis: () => 6 })).rejects.toThrow('aborted')
    expect(lines).toEqual([expect.objectContaining({ msg: 'batch failed' })])
  })

  it('keeps the log context of concurrent events apart, and removes it afterwards', async () => {
    const lines = errorLines()
    const handler = stack<string, string, void>(
      (id) => ({ request_id: id }),
      [{ before: ({ event }) => log.addContext({ route: `of ${event}` }) }],
      async (id) => {
        await turn()
        log.error(`work of ${id}`, undefined)
      },
    )
    await Promise.all([handler('a', lambda), handler('b', lambda)])
    log.error('afterwards', undefined)
    expect(lines.map(({ msg, request_id, route }) => [msg, request_id, route])).toEqual([
      ['work of a', 'a', 'of a'],
      ['work of b', 'b', 'of b'],
      ['afterwards', undefined, undefined],
    ])
  })
})

describe('a fault', () => {
  it('is logged once, under its text and with the context of its event, and rethrown', async () => {
    const lines = errorLines()
    const handler = stack(
      () => ({ request_id: 'a' }),
      [fault('batch failed')],
      async () => {
        throw new Error('broken')
      },
    )
    await expect(handler({}, lambda)).rejects.toThrow('broken')
    expect(lines).toEqual([expect.objectContaining({ msg: 'batch failed', request_id: 'a' })])
  })
})
