import { describe, expect, test } from 'vitest'
import { shortTime, waitText } from '../../src/text/time.ts'

// A Saturday, in the zone in which this runs.
const now = new Date(2026, 10, 28, 9, 5).getTime()
const at = (...[month, day, hour = 12, minute = 0]: number[]) =>
  new Date(2026, Number(month) - 1, day, hour, minute).getTime()

describe('the time beside a conversation', () => {
  test.each([
    ['en', '09:05', '00:00', 'Fri', 'Sun', 'Nov 21', 'Jan 2', '12/31/25'],
    ['zh-CN', '09:05', '00:00', '周五', '周日', '11月21日', '1月2日', '25/12/31'],
  ])('is said in %s', (tag, current, midnight, yesterday, sixDaysAgo, weekAgo, january, lastYear) => {
    expect(shortTime(now, now, tag)).toBe(current)
    expect(shortTime(at(11, 28, 0, 0), now, tag)).toBe(midnight)
    expect(shortTime(at(11, 27, 23, 59), now, tag)).toBe(yesterday)
    expect(shortTime(at(11, 22, 0, 0), now, tag)).toBe(sixDaysAgo)
    // A weekday alone would be today's.
    expect(shortTime(at(11, 21, 23, 59), now, tag)).toBe(weekAgo)
    expect(shortTime(at(1, 2), now, tag)).toBe(january)
    expect(shortTime(new Date(2025, 11, 31).getTime(), now, tag).replace(/^0+/, '')).toBe(lastYear)
  })

  test('of tomorrow, from a clock that is wrong, is a date', () => {
    expect(shortTime(at(11, 29, 0, 1), now, 'en')).toBe('Nov 29')
  })

  test('counts days of the calendar where a day has 23 or 25 hours', () => {
    for (let day = 1; day <= 365; day += 1) {
      const morning = new Date(2026, 0, day, 0, 5).getTime()
      const evening = new Date(2026, 0, day, 23, 55).getTime()
      const lastWeek = new Date(2026, 0, day - 6, 0, 1).getTime()
      expect(shortTime(morning, evening, 'en')).toBe('00:05')
      expect(shortTime(lastWeek, evening, 'en')).toMatch(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/)
    }
  })
})

test.each([
  [0, 'in 1 second', '1秒钟后'],
  [1_001, 'in 2 seconds', '2秒钟后'],
  [119_000, 'in 119 seconds', '119秒钟后'],
  [119_001, 'in 2 minutes', '2分钟后'],
  [181_000, 'in 4 minutes', '4分钟后'],
  [86_400_000, 'in 24 hours', '24小时后'],
])('a wait of %i ms is never said to be shorter', (ms, en, zh) => {
  expect(waitText(ms, 'en')).toBe(en)
  expect(waitText(ms, 'zh-CN')).toBe(zh)
})
