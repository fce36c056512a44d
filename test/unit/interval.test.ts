/** The interval of heartbeats that a client asks for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { intervalOf } from '../../lib/wire/interval.ts'

describe('the interval', () => {
  it('is 30 s for whoever asks for none', () => {
    expect(intervalOf(undefined)).toBe(30)
  })

  it('is any whole number of seconds from 30 to 480', () => {
    for (let seconds = 30; seconds <= 480; seconds++) expect(intervalOf(String(seconds))).toBe(seconds)
  })

  it('is nothing else', () => {
    const text = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.integer({ min: 0, max: 999 }).map(String),
    )
    fc.assert(
      fc.property(text, (asked) => {
        const seconds = intervalOf(asked)
        if (Number.isNaN(seconds)) return
        expect(String(seconds)).toBe(asked)
        expect(seconds).toBeGreaterThanOrEqual(30)
        expect(seconds).toBeLessThanOrEqual(480)
      }),
    )
  })

  it.each([
    '',
    ' ',
    '0',
    '29',
    '481',
    '-30',
    '+30',
    '030',
    '30.0',
    '3e1',
    '30s',
    ' 30',
    '0x30',
    '３０',
    'NaN',
    'Infinity',
    'null',
    '30,480',
  ])('is not %j', (asked) => {
    expect(intervalOf(asked)).toBeNaN()
  })

  it('leaves the gateway no time to take the connection for idle, though a heartbeat comes a minute late', () => {
    expect((intervalOf('480') + 60) * 1000).toBeLessThan(gatewayLimits.idleMs)
  })
})
