import { expect, test } from 'vitest'
import { excerptOf } from '../../src/views/search/excerpt.ts'

const marked = (content: string, wanted: string): string =>
  excerptOf(content, wanted)
    .map(({ text, isHit }) => (isHit ? `[${text}]` : text))
    .join('')

test('every hit is marked, as it is written, whatever signs it holds', () => {
  expect(marked('Hello, hello', 'HELLO')).toBe('[Hello], [hello]')
  expect(marked('明天下午三点见', '下午')).toBe('明天[下午]三点见')
  expect(marked('100% (a_b) [x] \\ $1 a|b', '(a_b) [x] \\ $1 a|b')).toBe('100% [(a_b) [x] \\ $1 a|b]')
  expect(marked('a-b 😀😁', '😁')).toBe('a-b 😀[😁]')
  expect(marked('ÉCOLE', 'école')).toBe('[ÉCOLE]')
})

test('a message of several lines is one line', () => {
  expect(marked('one\r\n  two\tthree', 'two three')).toBe('one [two three]')
  expect(marked('one\n two', 'one  two')).toBe('[one two]')
})

test('a long message is shown around its first hit, from a word on, and says where it is cut', () => {
  const long = marked(`${'word '.repeat(200)}needle ${'more '.repeat(200)}`, 'needle')
  expect(long).toMatch(/^…word word [\w ]+\[needle\] more [\w ]+…$/)
  expect(long.length).toBeLessThan(180)
  const unbroken = marked(`${'字'.repeat(100)}针${'字'.repeat(300)}`, '针')
  expect(unbroken).toBe(`…${'字'.repeat(30)}[针]${'字'.repeat(129)}…`)
  expect(marked(`${'😀'.repeat(100)}!`, '!')).toBe(`…${'😀'.repeat(15)}[!]`)
})

test('where the hit is not found again, the beginning is shown', () => {
  expect(marked('Straße', 'STRASSE')).toBe('Straße')
})
