/** The language that a client prefers, from `Accept-Language`. */
import { describe, expect, it } from 'vitest'
import { preferredLanguage } from '../../lib/entry/language.ts'

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
    ['en ;q=0.9', 'en'],
    ['en ; q = 0.9, zh;q=0.1', 'en'],
    ['zh ;q=0.1 , en ;q=0.2', 'en'],
    ['en_US', 'en'],
    ['en_GB;q=0.8,zh_CN;q=0.9', 'zh'],
    ['EN-us', 'en'],
    ['de, en-US;q=0.5, *;q=0.1', 'en'],
    ['en;q=0.000', 'zh'],
    ['english', 'zh'],
    ['en,zh', 'en'],
    [',en,', 'en'],
  ])('of %o is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })
})
