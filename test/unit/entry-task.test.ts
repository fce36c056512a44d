/** Tasks: functions that a schedule or an operator starts. */
import { afterEach, expect, it, vi } from 'vitest'
import { task } from '../../lib/entry/task.ts'
import { errorLines, lambda } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

it('a task returns its result', async () => {
  expect(await task('sweep', async () => ({ sessions: 2 }))({}, lambda)).toEqual({ sessions: 2 })
})

it('a task that fails is logged under its name, and counts as an error', async () => {
  const lines = errorLines()
  const failing = task('migrate', () => Promise.reject(new Error('away')))
  await expect(failing({}, lambda)).rejects.toThrow('away')
  expect(lines).toEqual([expect.objectContaining({ msg: 'migrate failed', request_id: 'r-1' })])
})
