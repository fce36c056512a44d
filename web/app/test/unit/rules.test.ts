/** The page takes what the service takes, and refuses what it refuses: its rules are held against the schemas. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FriendRequest } from '../../../../lib/wire/friend.ts'
import { PasswordChange, ProfileChange } from '../../../../lib/wire/user.ts'
import {
  avatarFault,
  emailFault,
  nicknameFault,
  passwordFault,
  phoneFault,
  remarkFault,
  strengthOf,
} from '../../src/views/common/rules.ts'

const takes = (field: string, value: string) => ProfileChange.safeParse({ [field]: value }).success
const takesPassword = (value: string) => PasswordChange.safeParse({ old_password: 'x', new_password: value }).success
const takesRemark = (value: string) => FriendRequest.safeParse({ target_id: 1, remark: value }).success

// What names, addresses and numbers are made of, and what is used against those who read them.
const pieces = [
  ...'aZ9 .-+()@/:?#%&=_~"<>\\\'`{}|^',
  ...'https:// HTTPS:// http:// // /.// /../ javascript: data: me@ example.com :443 %2f %5C %0a'.split(' '),
  ...'é,e\u0301,\u0301\u0301\u0301\u0301\u0301,好,😀,👨‍👩‍👧,\u200d,\u200b,\u2800,\u00a0,\u3000,／,＠,．'.split(','),
  ...'\t,\n,\r,\u0000,\u007f,\u0085,\u2028,\u202e,\u2066,\ufffd,\ud800,\udc00,\u00ad,\ufeff'.split(','),
]
const texts = fc.oneof(
  // Short ones of few signs: nearly all that an address or a number can be.
  fc.array(fc.constantFrom(...'a1-.@+( )'), { maxLength: 6 }).map((signs) => signs.join('')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .tuple(fc.constantFrom('a', '1', '好', '😀', 'e\u0301'), fc.integer({ min: 0, max: 260 }))
    .map(([one, count]) => one.repeat(count)),
  fc
    .tuple(fc.constantFrom('/', 'https://example.com/', 'a@', '+'), fc.constantFrom(...pieces))
    .map((parts) => parts.join('')),
)
const forAll = (holds: (value: string) => void) =>
  fc.assert(
    fc.property(texts, (value) => {
      holds(value)
    }),
    { numRuns: 3_000 },
  )

describe('the rules of the page are those of the service', () => {
  it.each([
    ['avatar', avatarFault],
    ['email', emailFault],
    ['phone', phoneFault],
  ])('for %s', (field, fault) => {
    forAll((value) => expect(fault(value) === undefined).toBe(takes(field, value)))
  })

  it('for a nickname, but for names that speak for the service, which it alone knows', () => {
    const isKnown = (value: string) => {
      const { error } = ProfileChange.safeParse({ nickname: value })
      return error?.issues.every(({ message }) => message === 'is reserved') ?? true
    }
    forAll((value) => expect(nicknameFault(value) === undefined).toBe(isKnown(value)))
  })

  it('for a password', () => {
    forAll((value) => expect(passwordFault(value) === undefined).toBe(takesPassword(value)))
  })

  it('for a remark', () => {
    forAll((value) => expect(remarkFault(value) === undefined).toBe(takesRemark(value)))
  })
})

describe('what is wrong is named', () => {
  it.each([
    ['12345', 'tooShort'],
    ['好'.repeat(24), undefined],
    ['好'.repeat(25), 'tooLong'],
    ['pass\u0007word', 'unusable'],
    // Composed it has five characters.
    ['e\u0301abcd', 'tooShort'],
  ])('of the password %j', (password, fault) => expect(passwordFault(password)).toBe(fault))

  it('tells what is too long from what has no form', () => {
    expect(nicknameFault('😀'.repeat(64))).toBeUndefined()
    expect(nicknameFault('😀'.repeat(65))).toBe('tooLong')
    expect(nicknameFault('\u2800')).toBe('blank')
    expect(emailFault(`${'a'.repeat(128)}@b`)).toBe('tooLong')
    expect(emailFault('name@')).toBe('malformed')
    expect(phoneFault('1'.repeat(21))).toBe('tooLong')
    expect(avatarFault('//elsewhere')).toBe('malformed')
  })
})

describe('the strength of a password', () => {
  it('is its length and nothing else', () => {
    expect(strengthOf('')).toBeUndefined()
    expect(strengthOf('Aa1!Bb2?x')).toBe('short')
    expect(strengthOf('aaaaaaaaaa')).toBe('fair')
    expect(strengthOf('aaaaaaaaaaaaaaaa')).toBe('strong')
    expect(strengthOf('😀'.repeat(9))).toBe('short')
  })
})
