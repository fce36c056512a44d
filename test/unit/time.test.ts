import { describe, expect, it } from 'vitest'
import { clockIn } from '../../lib/core/time.ts'

describe('a clock', () => {
  it.each([
    ['midnight as 00', '2026-01-31T16:00:00Z', '2026-02-01 00:00:00'],
    ['the last second of a day', '2026-02-28T15:59:59Z', '2026-02-28 23:59:59'],
    ['noon as 12', '2026-12-05T04:05:06Z', '2026-12-05 12:05:06'],
    ['whole seconds only', '2026-12-05T04:05:06.999Z', '2026-12-05 12:05:06'],
  ])('shows %s', (_title, instant, shown) => {
    expect(clockIn('Asia/Shanghai')(Date.parse(instant))).toBe(shown)
  })

  it('follows its zone through summer time', () => {
    const berlin = clockIn('Europe/Berlin')
    expect(berlin(Date.parse('2026-03-29T00:59:59Z'))).toBe('2026-03-29 01:59:59')
    expect(berlin(Date.parse('2026-03-29T01:00:00Z'))).toBe('2026-03-29 03:00:00')
  })
})
