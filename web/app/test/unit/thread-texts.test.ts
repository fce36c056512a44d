import { beforeEach, expect, test, vi } from 'vitest'
import { setLanguage } from '../../src/text/texts.ts'
import { isEmojiOnly } from '../../src/views/thread/emoji-only.ts'
import { progressOf } from '../../src/views/thread/send-state.ts'
import { sizeOf } from '../../src/views/thread/size.ts'
import { threadText } from '../../src/views/thread/texts.ts'
import { dayOf, localeOf, momentOf, startOfDay, timeOf } from '../../src/views/thread/times.ts'

const at = (...date: [number, number, number, number?, number?]) => new Date(...date).getTime()
const words = { today: 'Today', yesterday: 'Yesterday' }

// It has a day of 23 hours, and one of 25.
process.env.TZ = 'America/New_York'
// It is told the language.
vi.stubGlobal('document', { documentElement: {} })

beforeEach(() => setLanguage('en'))

test('days are named as people name them', () => {
  const today = at(2026, 10, 28)
  const english = (day: number) => dayOf(day, today, 'en-US', words)
  expect(english(today)).toBe('Today')
  expect(english(at(2026, 10, 27))).toBe('Yesterday')
  expect(english(at(2026, 10, 26))).toBe('Thursday, November 26')
  expect(english(at(2025, 10, 28))).toBe('November 28, 2025')
  expect(dayOf(at(2026, 10, 26), today, 'zh', words)).toBe('11月26日星期四')
  expect(dayOf(at(2025, 10, 28), today, 'zh', words)).toBe('2025年11月28日')
})

test('yesterday is the day before, in every week of the year, however long it was', () => {
  for (let day = 1; day <= 366; day++)
    expect(dayOf(at(2026, 0, day - 1), at(2026, 0, day), 'en', words)).toBe('Yesterday')
})

test('a time has its date, unless it is of today', () => {
  const today = at(2026, 10, 28)
  expect(timeOf(at(2026, 10, 28, 9, 5), 'en-US')).toBe('09:05')
  expect(timeOf(at(2026, 10, 28, 0, 5), 'zh-CN')).toBe('00:05')
  expect(momentOf(at(2026, 10, 28, 21, 5), today, 'en-US')).toBe('21:05')
  expect(momentOf(at(2026, 10, 27, 9, 5), today, 'en-US')).toBe('November 27, 2026 at 09:05')
  expect(momentOf(at(2026, 10, 27, 9, 5), today, 'en-GB')).toBe('27 November 2026 at 09:05')
  expect(startOfDay(at(2026, 10, 28, 23, 59))).toBe(today)
})

test('the chosen language is written as where the reader lives', () => {
  expect(localeOf('en', ['de-DE', 'en-GB', 'en'])).toBe('en-GB')
  expect(localeOf('zh', ['en-GB'])).toBe('zh')
  expect(localeOf('en', ['eng'])).toBe('en')
  for (const tag of ['en-US@posix', 'en_US', 'en-', 'en-a', 'en-a-a', ''])
    expect(localeOf('en', [tag, 'en-AU'])).toBe('en-AU')
})

test('a message of one’s own says how far it has come', async () => {
  const stages = [
    progressOf({ state: 'sending' }, 9),
    progressOf({ state: 'stored', seq: 10 }, 9),
    progressOf({ state: 'stored', seq: 9 }, 9),
    progressOf({ state: 'failed', seq: 1 }, 9),
    progressOf({ state: 'stored' }, 9),
  ]
  const say = () => stages.map((stage) => threadText(stage))
  expect(say()).toEqual(['Sending', 'Sent', 'Read', 'Not sent', 'Sent'])
  await setLanguage('zh')
  expect(say()).toEqual(['发送中', '已发送', '已读', '未发送', '已发送'])
})

test('new messages are counted', async () => {
  expect(threadText('unseen', { count: 1 })).toBe('1 new')
  expect(threadText('unseen', { count: 3 })).toBe('3 new')
  await setLanguage('zh')
  expect(threadText('unseen', { count: 1 })).toBe('1 条未看')
})

test.each(['😀', '😀😀 😀', '👩‍❤️‍👨', '👍🏽', '🇨🇳', '1️⃣', '❤️', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '👩🏽‍🚀🎉', '☝🏽'])(
  '%s is nothing but emoji',
  (text) => {
    expect(isEmojiOnly(text)).toBe(true)
  },
)

test.each(['', ' ', '1', '#', '123', '©', 'a😀', '😀.', '😀'.repeat(7), '中', '❤', '\u200d', '😀'.repeat(9_000)])(
  '%.20j is not',
  (text) => {
    expect(isEmojiOnly(text)).toBe(false)
  },
)

test('what a message may hold is counted in bytes, and said when it is nearly used up', () => {
  expect(sizeOf('a'.repeat(14_000))).toMatchObject({ isShown: false, isTooLong: false })
  expect(sizeOf('a'.repeat(15_000))).toMatchObject({ isShown: true, isTooLong: false, used: '14.6', limit: '16.0' })
  expect(sizeOf('a'.repeat(16_384))).toMatchObject({ isTooLong: false, used: '16.0' })
  expect(sizeOf('a'.repeat(16_385))).toMatchObject({ isTooLong: true, used: '16.1' })
  expect(sizeOf('中'.repeat(5_461))).toMatchObject({ isTooLong: false })
  expect(sizeOf('中'.repeat(5_462))).toMatchObject({ isTooLong: true })
})
