/** Usernames that can be registered: nothing that no one sees, one script a word, and none that speak for the service. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { Credentials, Registration, UserSearch } from '../../lib/wire/user.ts'

const password = 'correct horse 7'
const takes = (username: string): boolean => z.safeParse(Registration, { username, password }).success
const findsAndLogsIn = (username: string): boolean =>
  z.safeParse(Credentials, { username, password }).success && z.safeParse(UserSearch, { username }).success

function* sampled(): Generator<string> {
  for (let code = 0; code <= 0x10_ffff; code += code < 0x3400 ? 1 : 8) yield String.fromCodePoint(code)
}

const named = (character: string): string => `U+${character.codePointAt(0)?.toString(16)}`

const emojiOrDot = /\p{Extended_Pictographic}|[\u00b7\u30fb]/u

/** Compatibility forms stand for others, which have to be allowed themselves. */
const isItself = (character: string): boolean => character.normalize('NFKC') === character

describe('a username is taken', () => {
  it.each([
    ['in Latin', 'ada'],
    ['with accents', 'Åsa Öberg'],
    ['with accents that are not composed', 'a\u030asa'],
    ['in Vietnamese', 'Nguyễn Thị Minh Khai'],
    ['with signs of ASCII', "o'brien-2.x_y+z@home"],
    ['in Chinese', '李雷'],
    ['in Chinese, with Latin', '李雷Leo'],
    ['in Chinese, with a dot between names', '阿卜杜拉·买买提'],
    ['in Chinese of the supplementary planes', '\u{20bb7}野家'],
    ['in Japanese', '山田たろうさんロックyo'],
    ['in Japanese, with a dot', 'ジョン・スミス'],
    ['in Korean', '홍길동'],
    ['in Korean, with Han and Latin', '洪길동x'],
    ['with Bopomofo', '李ㄌㄟˊ'],
    ['in Cyrillic', 'Ада Лавлейс'],
    ['in Cyrillic, beside a Latin word', 'Ада_4f2a'],
    ['in Greek', 'Αδαμαντία'],
    ['in Arabic', 'عائشة'],
    ['in Arabic, with its digits', 'عائشة٢٣'],
    ['in Persian, with a non-joiner', 'می\u200cخواهم'],
    ['in Uyghur', 'ئۇيغۇر'],
    ['in Hebrew', 'שָׁלוֹם'],
    ['in Hindi', 'क्षत्रिय'],
    ['in Hindi, with a joiner', 'क्\u200dष'],
    ['in Sinhala, with a joiner', 'ශ්\u200dරී'],
    ['in Thai', 'กัลยาณี'],
    ['in Tibetan', 'བསོད་ནམས'.replaceAll('\u0f0b', ' ')],
    ['in Mongolian', 'ᠮᠣᠩᠭᠣᠯ'],
    ['in Yi', 'ꆈꌠ'],
    ['with an emoji', '👩‍💻_ada'],
    ['of emoji', '👩‍👩‍👧‍👦🏳️‍🌈🇨🇳1️⃣❤️👍🏽'],
    ['in full width', 'ＡＢＣ'],
    ['that begins as a reserved one', 'administrative'],
    ['that holds a reserved one', 'ada the root'],
    ['with digits', 'ada1984'],
  ])('%s', (_what, username) => expect(takes(username)).toBe(true))
})

describe('a username is refused', () => {
  const unseen = [
    ['a zero-width space', '\u200b'],
    ['a joiner', '\u200d'],
    ['a non-joiner', '\u200c'],
    ['a soft hyphen', '\u00ad'],
    ['a word joiner', '\u2060'],
    ['an invisible plus', '\u2064'],
    ['a byte order mark', '\ufeff'],
    ['a variation selector', '\ufe0f'],
    ['another variation selector', '\u{e0100}'],
    ['a tag', '\u{e0041}'],
    ['a Hangul filler', '\u3164'],
    ['a Hangul choseong filler', '\u115f'],
    ['a half-width filler', '\uffa0'],
    ['a grapheme joiner', '\u034f'],
    ['a Khmer inherent vowel', '\u17b4'],
    ['a Mongolian vowel separator', '\u180e'],
    ['a musical control', '\u{1d173}'],
    ['a shorthand control', '\u{1bca0}'],
    ['an interlinear anchor', '\ufff9'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['an override', '\u202e'],
    ['an isolate', '\u2066'],
    ['a control', '\u0007'],
    ['a private character', '\ue000'],
    ['a private character of another plane', '\u{f0000}'],
    ['an unassigned character', '\u0378'],
    ['no character', '\uffff'],
    ['half a character', '\ud800'],
    ['a blank of Braille', '\u2800'],
  ] as const

  it.each(unseen)('with %s, wherever it stands', (_what, character) => {
    for (const username of [
      `${character}ada`,
      `ad${character}a`,
      `ada${character}`,
      `李${character}雷`,
      `👍${character}x`,
    ])
      expect(takes(username)).toBe(false)
  })

  it.each([
    ['Latin and Cyrillic', 'p\u0430ypal'],
    ['Latin and Greek', 'αdam'],
    ['Cyrillic and Greek', 'Αда'],
    ['Latin and Armenian', 'օscar'],
    ['Latin and Cherokee', 'ᎪᏞice'],
    ['Cherokee alone, whose letters are Latin to the eye', 'ᎪᏞᎬ'],
    ['Han and Cyrillic', '李Ада'],
    ['Hangul and Kana', '홍さん'],
    ['Bopomofo and Kana', 'ㄌさ'],
    ['Arabic and Latin', 'adaعا'],
    ['digits of two systems', 'عا٢۳'],
    ['digits of two systems, by Latin letters', 'ada1२'],
    ['marks of another script', 'ada\u0941'],
    ['five marks on a letter', `a${'\u0323'.repeat(5)}`],
    ['a mark first', '\u0323ada'],
    ['a mark on a sign', 'ada-\u0323x'],
    ['a mark on an emoji', '👍\u0323x'],
    ['a sign outside ASCII', 'ada★'],
    ['a symbol', 'ada♪x'],
    ['quotes of Chinese', '「李雷」'],
    ['a fraction slash', 'ada\u2044x'],
    ['a dot at its beginning', '·李雷'],
    ['half a flag', '\u{1f1e8}ada'],
    ['the same mark twice', 'a\u0301\u0301da'],
    ['the same mark twice, once composed', 'á\u0301da'],
    ['a circle around a letter', 'a\u20ddda'],
    ['a mark of another script under Han', '李\u064b'],
    ['two spaces', 'ada  lovelace'],
    ['a space and a wide one', 'ada \u3000lovelace'],
    ['two spaces that do not break', 'ada\u00a0\u00a0lovelace'],
    ['a space of Ogham', 'ada\u1680lovelace'],
    ['a space in front', ' ada'],
    ['a wide space in front', '\u3000ada'],
    ['an em space at the end', 'ada\u2003'],
    ['a space that does not break at the end', 'ada\u00a0'],
    ['an accent for a space', '´ada'],
    ['spaces alone', '\u3000\u3000'],
    ['Latin and a Cyrillic digit sign', 'ada\u0483'],
    ['Latin in full width and Cyrillic', 'ａｄа'],
    ['Mathematical Latin and Greek', '𝐚𝐝α'],
    ['half-width Kana and Cyrillic', 'ｱда'],
  ])('with %s', (_what, username) => expect(takes(username)).toBe(false))

  it.each([
    'admin',
    'Admin',
    'ADMIN',
    'ａｄｍｉｎ',
    '𝐚𝐝𝐦𝐢𝐧',
    'a d m i n',
    'ad.min',
    '-admin-',
    '@admin',
    'admin!',
    'ádmin',
    'admın',
    'adm1n',
    '4dmin',
    'adrnin',
    'r00t',
    'root👑',
    'system',
    'Systern',
    'support',
    'officlal',
    'оffiсial',
    'ѕуѕтем',
    'ѕтаff',
    '管理员',
    '管理員',
    '客服',
    '客 服',
    '官方✅',
    '系统',
  ])('that looks like one that speaks for the service: %s', (username) => expect(takes(username)).toBe(false))

  it.each([
    ['in Cyrillic', ['аԁмін', 'админ', 'адмін', 'АДМИН', 'ѕуѕтем', 'гоот', 'администратор']],
    ['in Greek', ['αδμιν', 'ΑΔΜΙΝ', 'αδμίν', 'διαχειριστής']],
    ['in small capitals', ['ᴀᴅᴍɪɴ', 'ʀᴏᴏᴛ', 'ꜱʏꜱᴛᴇᴍ', 'ꜱᴜᴘᴘᴏʀᴛ', 'ᴏꜰꜰɪᴄɪᴀʟ']],
    ['with strokes', ['ađmin', 'admɨn', 'røøt', 'suppørŧ', 'systɇm', 'offiçial']],
    ['with hooks', ['ɑɗɱɩɳ', 'ɑdmin', 'aɖmin', 'ʂystem']],
    ['with signs for letters', ['@dmin', 'adm!n', '@dm!n', '$y$tem', '$upport', 'roo+', 'mod3r@tor', 'off|c|al']],
    ['with digits for letters', ['4dm1n', 'r00t', '5y573m', '5upp0r7']],
    ['with marks', ['a\u0323dmin', 'ạ\u0308ḍṃïñ', 'ăďmĩň']],
    ['with spaces and signs', ['a-d-m-i-n', 'ad min', 'admin.', '_admin_', '~admin~', '👑admin👑', 'ad\u3000min']],
    ['in other forms of Latin', ['ａｄｍｉｎ', 'ⓐⓓⓜⓘⓝ', '𝒶𝒹𝓂𝒾𝓃', 'ᵃᵈᵐⁱⁿ', 'ﬆaff', 'oﬃcial']],
  ])('that looks like one that speaks for the service, %s', (_what, names) => expect(names.filter(takes)).toEqual([]))

  // A character in eight of the whole of Unicode, and every one of the first plane below its Han and Hangul.
  it('with any character that is no letter, mark or digit, and no sign of ASCII or emoji, wherever it stands', {
    // Tens of thousands of names: some seconds, and more while the machine does other work.
    timeout: 60_000,
  }, () => {
    const wrong =
      /[\p{C}\p{Zl}\p{Zp}\p{Me}\p{Nl}\p{Default_Ignorable_Code_Point}]|[^\p{ASCII}\p{L}\p{M}\p{N}\p{So}\p{Sk}\p{Z}]/u
    const deceiving = [...sampled()].filter((one) => wrong.test(one) && !emojiOrDot.test(one) && isItself(one))
    expect(deceiving.length).toBeGreaterThan(10_000)
    expect(
      deceiving.filter((one) => takes(`ad${one}a`) || takes(`${one}ada`) || takes(`ada${one}`)).map(named),
    ).toEqual([])
  })

  it.each([...unseen.map(([, character]) => `ad${character}a`), 'p\u0430ypal', 'admin', 'ada★'])(
    'but found and logged in if it is from before: %o',
    (username) => expect(findsAndLogsIn(username)).toBe(username.isWellFormed()),
  )

  it('at once, however long it is', () => {
    const before = performance.now()
    for (const part of ['a', 'क\u200d', 'ع\u0650\u200c', '\u0323', '👩‍', '1٢', '·', 'a·', 'ﷺ'])
      expect(takes(part.repeat(60_000))).toBe(false)
    expect(performance.now() - before).toBeLessThan(500)
  })
})
