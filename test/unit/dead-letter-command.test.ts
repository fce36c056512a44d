/** The input of the function that dead letters are handled by. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { command } from '../../lib/entry/task.ts'
import { DeadLetterCommand } from '../../lib/wire/dead-letter.ts'
import { errorLines, lambda } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

const handler = command('dead letters', DeadLetterCommand, async (given) => given)

describe('a command', () => {
  it.each([
    [{ command: 'list' }, { command: 'list', after: 0 }],
    [
      { command: 'list', after: 7 },
      { command: 'list', after: 7 },
    ],
    [
      { command: 'show', id: 1 },
      { command: 'show', id: 1 },
    ],
    [
      { command: 'replay', id: 2 },
      { command: 'replay', id: 2 },
    ],
    [
      { command: 'discard', id: 3 },
      { command: 'discard', id: 3 },
    ],
  ])('%o is taken', async (given, taken) => {
    expect(await handler(given, lambda)).toEqual(taken)
  })

  it.each([
    [undefined],
    [{}],
    [{ command: 'empty' }],
    [{ command: 'discard' }],
    [{ command: 'discard', id: '3' }],
    [{ command: 'replay', id: 0 }],
    [{ command: 'list', after: -1 }],
  ])('%o is refused, and counts as an error', async (given) => {
    const lines = errorLines()
    await expect(handler(given, lambda)).rejects.toMatchObject({ reason: 'INVALID_INPUT' })
    expect(lines).toEqual([expect.objectContaining({ msg: 'dead letters failed', request_id: 'r-1' })])
  })
})
