/** What ends the process that serves everyone, and what does not. */
import { afterEach, expect, test, vi } from 'vitest'
import { guardAgainstClients } from '../../infra/local/edge/guard.ts'

const before = process.listeners('uncaughtException')
let unguard: (() => void) | undefined
afterEach(() => {
  unguard?.()
  process.removeAllListeners('uncaughtException')
  for (const listener of before) process.on('uncaughtException', listener)
})

const raise = (error: Error): boolean => process.emit('uncaughtException', error)

test('a client that breaks the protocol is noted, and nobody else hears of it', () => {
  const others = vi.fn()
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', others)
  const log = vi.fn()
  unguard = guardAgainstClients(log)
  raise(
    Object.assign(new RangeError('Invalid WebSocket frame: RSV1 must be clear'), { code: 'WS_ERR_UNEXPECTED_RSV_1' }),
  )
  expect(log).toHaveBeenCalledOnce()
  expect(others).not.toHaveBeenCalled()
})

test('every other exception goes where it went before', () => {
  const others = vi.fn()
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', others)
  unguard = guardAgainstClients(() => {})
  const error = Object.assign(new Error('a bug'), { code: 'ERR_OTHER' })
  raise(error)
  expect(others.mock.calls[0]?.[0]).toBe(error)
})

test('without the guard all is as it was', () => {
  const others = vi.fn()
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', others)
  guardAgainstClients(() => {})()
  raise(Object.assign(new Error('x'), { code: 'WS_ERR_INVALID_UTF8' }))
  expect(others).toHaveBeenCalledOnce()
  expect(process.listenerCount('uncaughtException')).toBe(1)
})
