/** The texts of refusals. */
import { expect, it } from 'vitest'
import { textOf } from '../../lib/core/refusal.ts'

it('a refusal has a text in both languages', () => {
  expect(textOf('BAD_CREDENTIALS', 'zh')).toEqual({ status: 200, code: -1, msg: '用户名或密码错误' })
  expect(textOf('BAD_CREDENTIALS', 'en')).toEqual({ status: 200, code: -1, msg: 'Wrong username or password' })
})
