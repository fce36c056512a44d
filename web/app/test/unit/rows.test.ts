import { expect, test } from 'vitest'
import type { ShownMessage } from '../../src/model/state.ts'
import { countAfter, newestOfOthers, rowsOf } from '../../src/views/thread/rows.ts'

const noon = new Date(2026, 10, 27, 12).getTime()
const minute = 60_000
const day = 24 * 60 * minute

const message = (seq: number | undefined, from_id: number, at: number): ShownMessage => ({
  key: `${seq ?? at}`,
  ...(seq !== undefined && { seq }),
  from_id,
  content: 'Hello',
  media: 1,
  at,
  state: seq === undefined ? 'sending' : 'stored',
})

const groups = (messages: ShownMessage[], unreadFromSeq?: number) =>
  rowsOf(messages, unreadFromSeq).map(
    ({ startsGroup, endsGroup }) => `${startsGroup ? '[' : ''}${endsGroup ? ']' : ''}`,
  )

test('what one person says without a pause of five minutes is one group', () => {
  expect(groups([message(1, 7, noon), message(2, 7, noon + minute), message(3, 7, noon + 5 * minute)])).toEqual([
    '[',
    '',
    ']',
  ])
  expect(groups([message(1, 7, noon), message(2, 7, noon + 5 * minute)])).toEqual(['[]', '[]'])
  expect(groups([message(1, 7, noon), message(2, 8, noon), message(3, 7, noon)])).toEqual(['[]', '[]', '[]'])
})

test('the divider of new messages, and a new day, end a group', () => {
  expect(groups([message(1, 7, noon), message(2, 7, noon)], 2)).toEqual(['[]', '[]'])
  const midnight = new Date(2026, 10, 28).getTime()
  expect(groups([message(1, 7, midnight - 1), message(2, 7, midnight)])).toEqual(['[]', '[]'])
})

test('a day is named above its first message', () => {
  const rows = rowsOf([message(1, 7, noon), message(2, 7, noon + minute), message(3, 7, noon + 2 * day)])
  const start = new Date(2026, 10, 27).getTime()
  expect(rows.map(({ day: begins }) => begins)).toEqual([start, undefined, new Date(2026, 10, 29).getTime()])
})

test('a clock that is wrong takes nobody back to a day that is over', () => {
  const rows = rowsOf([message(1, 7, noon), message(undefined, 8, noon - 3 * day), message(undefined, 8, noon + 1)])
  expect(rows.map(({ day: begins }) => begins !== undefined)).toEqual([true, false, false])
})

test('the divider stands once, above the first unread message that is there', () => {
  const dividers = (unread?: number) =>
    rowsOf([message(3, 7, noon), message(5, 7, noon), message(6, 7, noon), message(undefined, 8, noon)], unread)
      .filter(({ isFirstUnread }) => isFirstUnread)
      .map(({ message: { seq } }) => seq)
  expect(dividers()).toEqual([])
  expect(dividers(5)).toEqual([5])
  expect(dividers(4)).toEqual([5])
  expect(dividers(9)).toEqual([])
})

test('what others wrote is counted, and one’s own is not', () => {
  const rows = rowsOf([message(1, 7, noon), message(2, 8, noon), message(3, 7, noon), message(undefined, 8, noon)])
  expect(newestOfOthers(rows, 8)).toBe(3)
  expect(newestOfOthers(rows, 8, 1)).toBe(1)
  expect(newestOfOthers(rows, 8, 99)).toBe(3)
  expect(newestOfOthers([], 8)).toBe(0)
  expect(countAfter(rows, 8, 1)).toBe(1)
  expect(countAfter(rows, 8, 0)).toBe(2)
  expect(countAfter(rows, 8, 3)).toBe(0)
})
