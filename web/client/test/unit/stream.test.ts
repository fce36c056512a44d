/** Iterating over events. */
import { describe, expect, it } from 'vitest'
import { Emitter } from '../../src/emitter.ts'
import { Stream } from '../../src/stream.ts'
import { all } from '../application.ts'

function numbers() {
  const emitter = new Emitter<{ number: [number] }>()
  let listeners = 0
  const stream = new Stream<number>((put) => {
    listeners += 1
    const off = emitter.on('number', put)
    return () => {
      listeners -= 1
      off()
    }
  })
  return { stream, put: (value: number) => emitter.emit('number', value), listeners: () => listeners }
}

describe('an iteration', () => {
  it('gives all that came before its end, and nothing after it', async () => {
    const { put, stream } = numbers()
    put(1)
    put(0)
    stream.end()
    put(3)
    expect(await all(stream)).toEqual([1, 0])
  })

  it('gives each item to one of those who ask at once, in order', async () => {
    const { put, stream } = numbers()
    const asked = [stream.next(), stream.next()]
    put(1)
    put(2)
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ])
  })

  it('that is left listens no more', async () => {
    const { put, stream, listeners } = numbers()
    put(1)
    for await (const _ of stream) break
    expect(listeners()).toBe(0)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('that nobody takes from does not grow without end', async () => {
    const { put, stream, listeners } = numbers()
    for (let value = 0; value < 10_001; value += 1) put(value)
    expect(listeners()).toBe(0)
    await expect(stream.next()).rejects.toMatchObject({ name: 'ChatError', reason: 'TOO_SLOW' })
  })
})
