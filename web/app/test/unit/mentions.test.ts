import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { everybody, fitOf, idsIn, mentionsIn, queryAt } from '../../src/views/thread/mentions.ts'

const people = [
  { id: 2, name: 'bob' },
  { id: 3, name: 'Bob the Rook' },
  { id: 4, name: '小明' },
  { id: 5, name: 'x.y' },
]
const names = (text: string) => mentionsIn(text, people).map((part) => (typeof part === 'string' ? part : [part.name]))

describe('who is mentioned', () => {
  it.each([
    ['@bob, tea?', [['bob'], ', tea?']],
    ['Tea, @Bob the Rook?', ['Tea, ', ['Bob the Rook'], '?']],
    ['@bob the rook', [['bob the rook']]],
    ['@bobby', ['@bobby']],
    ['mail bob@bob.example', ['mail bob@bob.example']],
    ['你好@小明你在吗', ['你好', ['小明'], '你在吗']],
    ['@bob@bob', [['bob'], '@bob']],
    ['@@bob', ['@', ['bob']]],
    ['@x.y.', [['x.y'], '.']],
    ['@', ['@']],
    ['', []],
  ])('in %j', (text, parts) => {
    expect(names(text)).toEqual(parts)
    expect(mentionsIn(text, people.toReversed())).toEqual(mentionsIn(text, people))
  })

  it('nothing of a text is lost', () => {
    const text = fc
      .array(fc.constantFrom('@', 'bob', 'Bob the Rook', ' ', '小明', 'b', 'x.y', '\n'))
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, (whole) => {
        const parts = mentionsIn(whole, people).map((part) => (typeof part === 'string' ? part : `@${part.name}`))
        expect(parts.join('')).toBe(whole)
      }),
    )
  })

  it('is named once, and at most fifty are', () => {
    expect(idsIn('@bob and @bob', people)).toEqual([2])
    const many = Array.from({ length: 60 }, (_, index) => ({ id: index + 1, name: `p${index}` }))
    expect(idsIn(many.map(({ name }) => `@${name}`).join(' '), many)).toHaveLength(50)
    expect(idsIn('@所有人 @everybody', everybody)).toEqual([0])
  })
})

describe('the name that is being written', () => {
  it.each([
    ['@', 1, { at: 0, text: '' }],
    ['Hi @bo', 6, { at: 3, text: 'bo' }],
    ['Hi @Bob the', 11, { at: 3, text: 'Bob the' }],
    ['Hi @bob', 3, undefined],
    ['a@b', 3, undefined],
    ['@bob\nand', 8, undefined],
    ['no', 2, undefined],
    [`@${'x'.repeat(65)}`, 66, undefined],
  ])('in %j at %i', (text, caret, query) => {
    expect(queryAt(text, caret)).toEqual(query)
  })

  it('fits where a name or one of its words begins so, and in Chinese anywhere', () => {
    expect([fitOf('Bob the Rook', 'bob'), fitOf('Bob the Rook', 'the r'), fitOf('Bob the Rook', 'ook')]).toEqual([
      2, 1, 0,
    ])
    expect([fitOf('王小明', '王'), fitOf('王小明', '小明'), fitOf('王小明', '红')]).toEqual([2, 1, 0])
    expect(fitOf('Bob', '')).toBe(2)
  })
})
