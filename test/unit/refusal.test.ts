/** Refusals: languages and texts. */
import { describe, expect, it } from 'vitest'
import { answer, preferredLanguage } from '../../lib/core/refusal.ts'

describe('the language', () => {
  it.each([
    [undefined, 'zh'],
    ['', 'zh'],
    ['en', 'en'],
    ['en-US,en;q=0.9', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en;q=0.8, zh;q=0.9', 'zh'],
    ['fr, en;q=0.5', 'en'],
    ['fr', 'zh'],
    ['*', 'zh'],
    ['en;q=0', 'zh'],
    ['en;q=banana', 'zh'],
  ])('of %o is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })
})

it('an answer has a text in both languages', () => {
  expect(answer('BAD_CREDENTIALS', 'zh')).toEqual({ status: 200, code: -1, msg: '用户名或密码错误' })
  expect(answer('BAD_CREDENTIALS', 'en')).toEqual({ status: 200, code: -1, msg: 'Wrong username or password' })
})
