/** Names, one-line texts and passwords, as their schemas take them. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { Description } from '../../lib/wire/friend.ts'
import {
  Credentials,
  PasswordChange,
  ProfileChange,
  passwordForm,
  Registration,
  usernameKey,
} from '../../lib/wire/user.ts'

const password = 'correct horse 7'
const takesName = (username: string) => z.safeParse(Registration, { username, password }).success
const takesNickname = (nickname: string) => z.safeParse(ProfileChange, { nickname }).success
const takesDesc = (desc: string) => z.safeParse(Description, { target_id: 1, desc }).success

describe('a one-line text', () => {
  it.each([
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['a next line', 'a\u0085b'],
    ['a line feed', 'a\nb'],
    ['a right-to-left override', 'a\u202eb'],
    ['a left-to-right mark', 'a\u200eb'],
    ['an isolate', 'a\u2066b\u2069'],
    ['an Arabic letter mark', 'a\u061cb'],
    ['U+FFFD', 'a\ufffdb'],
    ['a lone surrogate', 'a\ud800b'],
    ['spaces alone', '   '],
    ['an ideographic space alone', '\u3000'],
    ['a zero-width space alone', '\u200b'],
    ['joiners and selectors alone', '\u200d\u200c\ufe0f\u2060'],
    ['a Hangul filler alone', '\u3164'],
    ['a Braille blank alone', '\u2800'],
    ['tags alone', '\u{e0041}'],
    ['a soft hyphen alone', '\u00ad'],
    ['an annotation anchor alone', '\ufff9'],
    ['a combining mark alone', '\u0301'],
    ['a heap of marks', `a${'\u0301\u0316'.repeat(3)}`],
    ['a heap of marks on a composed letter', 'á\u0300\u0302\u0303\u0304'],
  ])('is refused with %s', (_title, text) => {
    expect([takesName(text), takesNickname(text), takesDesc(text)]).toEqual([false, false, false])
  })

  it.each([
    ['a family of emoji', '👩‍👩‍👧‍👦'],
    ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
    ['a heart with its selector', '❤️'],
    ['an Indic joiner', 'क्‍ष'],
    ['a Persian non-joiner', 'می‌خواهم'],
    ['Chinese', '你好'],
    ['Hebrew', 'שלום'],
    ['a key cap', '1️⃣'],
  ])('is taken with %s', (_title, text) => {
    expect([takesName(text), takesNickname(text), takesDesc(text)]).toEqual([true, true, true])
  })

  it('may be empty where it is no username', () => {
    expect([takesName(''), takesNickname(''), takesDesc('')]).toEqual([false, true, true])
  })
})

describe('a nickname', () => {
  it.each(['admin', 'ＡＤＭＩＮ', 'Аԁмін', '客服', '★ 管理员 ★', 'support', '@dmin', 'ad\u200bmin'])(
    'does not speak for the service: %s',
    (nickname) => expect(takesNickname(nickname)).toBe(false),
  )

  it.each(['Ada', 'Ada the admin', 'support act', '客服小李', '★', ' '.concat('Ada')])('may be %s', (nickname) =>
    expect(takesNickname(nickname)).toBe(true),
  )
})

describe('the key of a username', () => {
  it.each(['\u200b', '\u00ad', '\ufe0f', '\u200c', '\u200d', '\u2060', '\u034f', '\u3164', '\u{e0041}'])(
    'does not count what no one sees: %o',
    (unseen) => {
      expect(usernameKey(`ad${unseen}a`)).toBe('ada')
      expect(usernameKey(`a${unseen}\u0308da`)).toBe(usernameKey('\u00e4da'))
    },
  )

  it('is the same for spellings that look alike, and stays so when it is made again', () => {
    expect(usernameKey('ＡＤＡ')).toBe('ada')
    expect(usernameKey('J\u030c')).toBe('\u01f0')
    for (const name of ['ＡＤＡ', 'J\u030c', 'ﬁ', 'İstanbul', 'Å']) {
      expect(usernameKey(usernameKey(name))).toBe(usernameKey(name))
    }
  })
})

describe('a password', () => {
  const takesNew = (text: string) => z.safeParse(Registration, { username: 'ada', password: text }).success
  const takesOld = (text: string) => z.safeParse(Credentials, { username: 'ada', password: text }).success

  it.each([
    ['U+FFFD', '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'],
    ['a lone surrogate', 'secret\ud800'],
    ['NUL', 'secret\0secret'],
  ])('is refused with %s, old or new', (_title, text) => {
    expect([takesNew(text), takesOld(text)]).toEqual([false, false])
    const change = { old_password: text, new_password: 'new secret' }
    expect(z.safeParse(PasswordChange, change).success).toBe(false)
    expect(z.safeParse(PasswordChange, { old_password: 'x', new_password: text }).success).toBe(false)
  })

  it('is refused with control characters when it is new, and taken when it is old', () => {
    expect([takesNew('secret\tone'), takesOld('secret\tone')]).toEqual([false, true])
  })

  it('has one form however it is composed, and keeps what is compatible apart', () => {
    expect(passwordForm('pässwörd')).toBe(passwordForm('pässwörd'.normalize('NFD')))
    expect(passwordForm('a\u00a0b\u3000c')).toBe('a b c')
    expect(passwordForm('ﬁ²')).not.toBe(passwordForm('fi2'))
  })

  it('is measured in the form that is hashed', () => {
    expect(takesNew('e\u0301'.repeat(5))).toBe(false)
    expect(takesNew('\u0958'.repeat(12))).toBe(true)
    expect(takesNew('\u0958'.repeat(13))).toBe(false)
    expect(z.parse(Registration, { username: 'ada', password: 'pässwörd'.normalize('NFD') }).password).toBe(
      'pässwörd'.normalize('NFC'),
    )
  })
})
