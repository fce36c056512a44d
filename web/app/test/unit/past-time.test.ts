/** Times of the past in both languages, and the day of a time whose zone nobody names. */
import { describe, expect, it } from 'vitest'
import { agoText, writtenDayText } from '../../src/views/common/time.ts'

const now = Date.UTC(2026, 10, 28, 12)
const minute = 60_000

describe('how long ago', () => {
  it.each([
    [0, 'now', '现在'],
    [59_999, 'now', '现在'],
    [minute, '1 minute ago', '1分钟前'],
    [59 * minute + 59_999, '59 minutes ago', '59分钟前'],
    [60 * minute, '1 hour ago', '1小时前'],
    [24 * 60 * minute, 'yesterday', '昨天'],
    [50 * 24 * 60 * minute, '50 days ago', '50天前'],
    // A clock that is behind that of the service.
    [-5 * minute, 'now', '现在'],
  ])('%d ms', (passed, en, zh) => {
    expect(agoText(now - passed, now, 'en')).toBe(en)
    expect(agoText(now - passed, now, 'zh-CN')).toBe(zh)
  })
})

describe('a day as the service wrote it', () => {
  it('is the same day wherever it is read', () => {
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Shanghai']) {
      process.env.TZ = zone
      expect(writtenDayText('2026-11-28 23:59:59', 'en')).toBe('November 28, 2026')
      expect(writtenDayText('2026-11-28 00:00:00', 'zh-CN')).toBe('2026年11月28日')
    }
    delete process.env.TZ
  })

  it('is what was written, if that is none', () => {
    expect(writtenDayText('soon', 'en')).toBe('soon')
    expect(writtenDayText('', 'en')).toBe('')
  })
})
