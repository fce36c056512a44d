/**
 * Which usernames can be registered: letters, marks and digits of one script a word, ASCII, and emoji.
 *
 * The classes are those of RFC 8265 (UsernameCaseMapped), and the mixes of scripts those of UTS 39 ("highly restrictive").
 * Three things differ on purpose: compatibility forms are taken, since they make the same name; so are emoji; and so are
 * the dots of names in Chinese and Japanese. Names from before these rules log in and are found as ever.
 */
import * as z from 'zod/mini'

// A tag or a selector belongs to an emoji that is in general use, or nowhere.
const emoji = /\p{RGI_Emoji}|[\p{Extended_Pictographic}--\p{Cn}]\ufe0f?/gv

/** A name in the form in which it is compared, without its emoji. */
const bare = (name: string): string => name.replace(emoji, ' ').normalize('NFKC')

// Where a script joins letters by them, joiners change what is seen. Source: RFC 5892, A.1 and A.2.
const virama = '\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0f84\u1039\u17d2'
const joiner = new RegExp(
  `(?<=[${virama}])[\\u200c\\u200d]|(?<=\\p{scx=Arab}\\p{M}*)(?<=\\P{Cf})\\u200c(?=\\p{scx=Arab})`,
  'gu',
)
// Dots between the parts of a name: 阿卜杜拉·买买提, ジョン・スミス.
const dot = /(?<=[\p{L}\p{M}])[\u00b7\u30fb](?=\p{L})/gu
const letters = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{Mn}\p{Mc}\p{Nd} !-~])*$/u

const hasKnownCharacters = (name: string): boolean => letters.test(bare(name).replace(joiner, '').replace(dot, ''))

// UAX 31, table 5, and the scripts of minorities in China.
const scripts = (
  'Arab Armn Beng Bopo Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hebr Hira Knda Kana Khmr Laoo Latn Mlym Mymr Orya ' +
  'Sinh Taml Telu Thaa Thai Tibt Mong Talu Tale Yiii'
).split(' ')
const mixes = [
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
]
const systems = [...scripts.map((script) => [script]), ...mixes].map(
  (system) => new RegExp(`^[${['Zyyy', 'Zinh', ...system].map((script) => `\\p{scx=${script}}`).join('')}]*$`, 'u'),
)

const wordsOf = (name: string): string[] => bare(name).match(/[\p{L}\p{M}\p{Nd}\u200c\u200d]+/gu) ?? []

const hasOneScriptAWord = (name: string): boolean =>
  wordsOf(name).every((word) => systems.some((system) => system.test(word)) && zerosOf(word).size <= 1)

// Digits of a system follow each other from its zero on.
function zerosOf(word: string): Set<number> {
  const zeros = new Set<number>()
  for (const digit of word.match(/\p{Nd}/gu) ?? []) {
    let zero = digit.codePointAt(0) ?? 0
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1
    zeros.add(zero)
  }
  return zeros
}

// UTS 39, 5.4: more marks than these are no writing, and neither is the same mark twice.
const hasNoHeapOfMarks = (name: string): boolean =>
  !/^\p{M}|[^\p{L}\p{M}\p{Nd}\u200c\u200d]\p{M}|\p{M}{5}|(\p{Mn})\1/u.test(bare(name).normalize('NFD'))

// Pages show several as one. RFC 8266, 2.1, has nicknames without them.
const hasSingleSpaces = (name: string): boolean => !name.normalize('NFKC').includes('  ')

/** The checks of a name that is to be registered, besides its length. */
export const usernameChecks = [
  z.refine<string>(hasKnownCharacters, { error: 'must consist of letters, digits, emoji and signs of ASCII' }),
  z.refine<string>(hasNoHeapOfMarks, { error: 'must have a letter under each mark, and at most four marks on one' }),
  z.refine<string>(hasSingleSpaces, { error: 'must not have two spaces in a row' }),
  z.refine<string>(hasOneScriptAWord, { error: 'must not mix scripts in a word' }),
] as const

// Names that speak for the service. RFC 2142 has those of mailboxes.
const reserved = (
  'admin administrator root sysadmin superuser system support official moderator staff security helpdesk gochat webmaster ' +
  'hostmaster postmaster abuse noreply 管理员 管理員 超级管理员 系统管理员 系统 系統 系统消息 系统通知 客服 在线客服 人工客服 ' +
  '客服中心 官方 官方客服 官方账号 版主 deletedaccount 已注销 账号已注销 已注销用户 админ адмін администратор адміністратор модератор поддержка техподдержка підтримка ' +
  'система αδμιν διαχειριστης υποστηριξη'
).split(' ')

// What looks like a Latin letter, alone, as a capital or as a small capital, in the scripts that have a whole alphabet of such.
// Source: UTS 39, confusables.txt, as far as the names above need it, and digits that are read as letters.
const lookAlikes: Record<string, string> = {
  a: 'аαɑ4ᴀ',
  b: 'вβьƅꞵɓƃбƀҍѣʙ',
  c: 'сϲᴄςσȼҫ',
  d: 'ԁժɗɖƌđðᴅδд',
  e: 'еεєɛҽ3ꬲɇҿᴇ',
  f: 'ғϝſƒꬵꞙẝքᵮꜰ',
  g: 'ɡցԍᶃƍɠǥɢ',
  h: 'һнհηɦꚕⱨңħћӊӈʜ',
  i: 'іιıӏɩ1lյјjɪꙇɨᵻᵼǀłɭƚɫʟ',
  k: 'кκƙⱪқꝁҟᴋ',
  m: 'мμʍϻӎɱᵯᴍ',
  n: 'пνɴոռvɳƞɲᵰи',
  o: 'оοσօ0ᴏᴑꬽøꬾɵꝋөѳθ',
  p: 'рρƥᵽᴘ',
  r: 'гʀꭇꭈᴦɽɼɍᵲя',
  s: 'ѕʂ5ꜱƽտᵴ',
  t: 'тτƭⱦʈҭŧᵵᴛ7',
  u: 'υսцʋꞟᴜꭎꭒᵾʉ',
  w: 'ѡԝωաɯᴡѽꝡ',
  x: 'хχꭓҳ',
  y: 'уγүʏɣᶌỿꭚƴɏұ',
}
const looksLike = new Map(
  Object.entries(lookAlikes).flatMap(([letter, others]) => [...others].map((one) => [one, letter])),
)

// Signs that are read as letters, unless they are there for decoration.
const signs = new Map(Object.entries({ '@': 'a', '!': 'i', '|': 'i', '+': 't', $: 's' }))
const withLetters = (key: string): string => [...key].map((sign) => signs.get(sign) ?? sign).join('')

/** What is left of a name for who glances at it: no accents, no signs in between, one letter for all that look like it. */
function outline(key: string): string {
  const plain = key.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('rn', 'm').replaceAll('vv', 'w')
  return [...plain]
    .map((character) => looksLike.get(character) ?? character)
    .filter((character) => /[\p{L}\p{N}]/u.test(character))
    .join('')
}

const outlines = new Set(reserved.map(outline))

/** Whether a name, in the form in which it is unique, looks like one that speaks for the service. */
export const isReserved = (key: string): boolean =>
  outlines.has(outline(key)) || outlines.has(outline(withLetters(key)))
