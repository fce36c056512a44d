import { ChatError } from 'gochat-client'
import { describe, expect, test } from 'vitest'
import { check, failureOf, nameOf } from '../../src/views/sign-in-check.ts'

const good = 'correct horse'

describe('who signs up', () => {
  test.each([
    ['', 'usernameMissing'],
    ['a'.repeat(65), 'usernameTooLong'],
    ['🐳'.repeat(65), 'usernameTooLong'],
    ['a  b', 'usernameRefused'],
    ['a\tb', 'usernameRefused'],
    ['a\u2028b', 'usernameRefused'],
  ])('is told what the name %j lacks', (name, problem) => {
    expect(check(name, good, true)).toEqual({ username: problem })
  })

  test.each([
    ['', 'passwordMissing'],
    ['12345', 'passwordTooShort'],
    ['🐳🐳🐳🐳🐳', 'passwordTooShort'],
    ['a'.repeat(73), 'passwordTooLong'],
    ['密'.repeat(25), 'passwordTooLong'],
    ['tab\tinside', 'passwordRefused'],
    // Composed, it has five characters.
    ['e\u0301'.repeat(5), 'passwordTooShort'],
  ])('is told what the password %j lacks', (password, problem) => {
    expect(check('ada', password, true)).toEqual({ password: problem })
  })

  test.each([
    ['ada', '123456'],
    ['阿卜杜拉·买买提', '密'.repeat(24)],
    ['a'.repeat(64), 'a'.repeat(72)],
    ['🐳'.repeat(64), '🐳'.repeat(18)],
    // 73 bytes as they are typed, and 72 as they are compared.
    ['ada', `${'a'.repeat(70)}e\u0301`],
    ['ada', '\u3000'.repeat(30)],
  ])('goes on with what the service takes: %j', (username, password) => {
    expect(check(username, password, true)).toEqual({})
  })

  test('is told of both at once', () => {
    expect(check('', '', true)).toEqual({ username: 'usernameMissing', password: 'passwordMissing' })
  })
})

test('who signs in is held by no rule of today', () => {
  expect(check('a  b', '1', false)).toEqual({})
  expect(check('', '', false)).toEqual({ username: 'usernameMissing', password: 'passwordMissing' })
})

test('space at the ends of a name is none of it', () => {
  expect(nameOf(' ada\u3000')).toBe('ada')
})

test.each([
  ['USERNAME_TAKEN', true, 'username'],
  ['INVALID_INPUT', true, 'username'],
  ['INVALID_INPUT', false, 'form'],
  ['BAD_CREDENTIALS', false, 'password'],
  ['UNREACHABLE', false, 'form'],
  ['TOO_MANY_REQUESTS', true, 'form'],
])('%s stands where it belongs', (reason, isNew, at) => {
  const thrown = new ChatError(reason, { retryAfterMs: 8_000 })
  expect(failureOf(thrown, isNew)).toEqual({ at, reason, retryAfterMs: 8_000 })
})

test('what is no failure of the service stands at the form', () => {
  expect(failureOf(new TypeError('x'), true)).toEqual({ at: 'form', reason: 'other', retryAfterMs: undefined })
})
