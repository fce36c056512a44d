import { expect, test } from 'vitest'
import { preferredLanguage } from '../../src/text/language.ts'

test.each([
  [undefined, ['zh-CN', 'en'], 'zh'],
  [undefined, ['zh-Hant-TW'], 'zh'],
  [undefined, ['ZH'], 'zh'],
  [undefined, ['en-GB', 'zh-CN'], 'en'],
  // Who reads neither as the first language reads one of them as the second.
  [undefined, ['fr-FR', 'zh-CN', 'en'], 'zh'],
  [undefined, ['fr-FR', 'de'], 'en'],
  // Other languages begin with the same letters.
  [undefined, ['zha', 'enm', 'za'], 'en'],
  [undefined, [], 'en'],
  ['zh', ['en-US'], 'zh'],
  ['en', ['zh-CN'], 'en'],
  ['xx', ['zh-CN'], 'zh'],
  ['', ['zh-CN'], 'zh'],
])('chosen %j, wanted %j: %s', (chosen, wanted, language) => {
  expect(preferredLanguage(chosen, wanted)).toBe(language)
})
