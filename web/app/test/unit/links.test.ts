import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Link, linked, webAddress } from '../../src/views/thread/links.ts'
import { mediaAddress, playerFor } from '../../src/views/thread/media.ts'

const links = (text: string): Link[] => linked(text).filter((part) => typeof part !== 'string')
const addresses = (text: string): string[] => links(text).map(({ href }) => href)
const whole = (text: string): string =>
  linked(text)
    .map((part) => (typeof part === 'string' ? part : part.text))
    .join('')

test.each([
  ['see https://example.com now', 'https://example.com/'],
  ['HTTP://EXAMPLE.COM/A', 'http://example.com/A'],
  ['https://example.com.', 'https://example.com/'],
  ['https://example.com/a?b=c&d=e#f!', 'https://example.com/a?b=c&d=e#f'],
  ['Really (https://example.com/a)?', 'https://example.com/a'],
  ['https://en.wikipedia.org/wiki/Foo_(bar)', 'https://en.wikipedia.org/wiki/Foo_(bar)'],
  ['(https://en.wikipedia.org/wiki/Foo_(bar)).', 'https://en.wikipedia.org/wiki/Foo_(bar)'],
  ['[https://example.com/a[1]]', 'https://example.com/a[1]'],
  ['<https://example.com/a>', 'https://example.com/a'],
  ['"https://example.com/a"', 'https://example.com/a'],
  ["'https://example.com/it's'", "https://example.com/it's"],
  ['https://example.com/a,', 'https://example.com/a'],
  ['https://example.com/a...', 'https://example.com/a'],
  ['http://[::1]:8080/a', 'http://[::1]:8080/a'],
  ['https://localhost:8443', 'https://localhost:8443/'],
  ['**https://example.com**', 'https://example.com/'],
])('%s leads to %s', (text, href) => {
  expect(addresses(text)).toEqual([href])
})

test.each([
  ['看https://example.com/a。很好', 'https://example.com/a'],
  ['看（https://example.com/a），很好', 'https://example.com/a'],
  ['《https://example.com/a》', 'https://example.com/a'],
  ['「https://example.com/a」', 'https://example.com/a'],
  ['“https://example.com/a”', 'https://example.com/a'],
  ['https://example.com/a，https', 'https://example.com/a'],
  ['https://example.com很好', 'https://example.com/'],
  ['https://example.com:8443很好', 'https://example.com:8443/'],
  ['https://例子.中国/路', 'https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF'],
  ['https://example.com/؟', 'https://example.com/'],
])('Chinese and other texts put no space behind an address: %s', (text, href) => {
  expect(addresses(text)).toEqual([href])
})

test.each([
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https',
  'mailto:ada@example.com',
  'www.example.com',
  'http:/example.com',
  'https:example.com',
  'https://',
  'https:///example.com',
  'https://?a',
  'https://#a',
  'https://example.com:99999/',
  'https://bank.com@evil.com/',
  'https://bank.com:443@evil.com/',
  'https://user:word@evil.com/',
  'https://@evil.com/',
  'xhttps://example.com',
])('%s is text', (text) => {
  expect(links(text)).toEqual([])
  expect(whole(text)).toBe(text)
})

test('signs that turn the direction of a text, or are not seen, end an address', () => {
  expect(addresses('https://example.com/\u202egpj.exe')).toEqual(['https://example.com/'])
  expect(addresses('https://example.com/a\u200bb')).toEqual(['https://example.com/a'])
  expect(addresses('https://example.com\\@evil.com')).toEqual(['https://example.com/'])
})

test.each([
  'https://аpple.com/a',
  'https://раураl.com',
  'https://сосо.com',
  'https://googlе.com:8443/b',
  'https://paypaı.com',
  'https://abc中.com',
  'https://αβγ.com',
])('%s is shown as what it is', (text) => {
  const [link] = links(text)
  const { hostname } = new URL(text)
  expect(hostname).toMatch(/^xn--/)
  expect(link?.text).toBe(text.replace(/(?<=\/\/)[^/:]+/, hostname))
})

test.each([
  'https://münchen.de',
  'https://straße.de/a',
  'https://例子.中国',
  'https://пример.рф',
  'https://مثال.إختبار',
  'https://Example.COM/A',
])('%s is shown as it is written', (text) => {
  expect(links(text)[0]?.text).toBe(text)
})

test('whatever a text holds, links are of http or https, and nothing of an ASCII text is lost', () => {
  const pieces = fc.constantFrom(
    'https://',
    'http://',
    'javascript:',
    'a.b',
    '@',
    '(',
    ')',
    '.',
    '/',
    '?',
    '#',
    '[',
    ']',
    ':',
    ' ',
    '。',
    '中',
    '\u202e',
    "'",
    '\\',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
      const text = parts.join('')
      for (const { href } of links(text)) expect(['http:', 'https:']).toContain(new URL(href).protocol)
      if (/^\p{ASCII}*$/u.test(text)) expect(whole(text)).toBe(text)
    }),
    { numRuns: 500 },
  )
})

test.each([
  `https://a.b/${'('.repeat(16_000)}`,
  `https://a.b/${')'.repeat(16_000)}`,
  'https://'.repeat(2_000),
  `${'https://a.b '.repeat(1_300)}`,
  `https://a.b/${'.'.repeat(16_000)}`,
])('the longest message takes no time: %.30s…', (text) => {
  const begin = performance.now()
  linked(text)
  expect(performance.now() - begin).toBeLessThan(250)
})

test('an address that somebody gives is of http or https, and names no user', () => {
  expect(webAddress('https://example.com/a.png')?.href).toBe('https://example.com/a.png')
  for (const text of [
    '',
    'a.png',
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    'ftp://a/b',
    'https://a@b/c',
    'https:a@b/c',
    'https:\\\\a@b/c',
  ])
    expect(webAddress(text)).toBeUndefined()
})

const site = 'https://chat.example'

test.each([
  ['https://a.example/b.png', 'https://a.example/b.png'],
  [' http://a.example/b.png ', 'http://a.example/b.png'],
  ['/files/b.png', 'https://chat.example/files/b.png'],
])('media are loaded from the web and from this site: %s', (content, href) => {
  expect(mediaAddress(content, site)).toBe(href)
})

test.each([
  '//evil.example/b.png',
  '/\\evil.example/b.png',
  '/\t/evil.example/b.png',
  'javascript:alert(1)',
  'data:image/svg+xml,<svg onload="alert(1)"/>',
  'blob:https://chat.example/1',
  'https://chat.example@evil.example/b.png',
  'b.png',
  'https://a.example/b\u202egnp.exe',
  '',
])('%j is no address of media', (content) => {
  expect(mediaAddress(content, site)).toBeUndefined()
})

test('a recording is played by its ending', () => {
  expect(playerFor('https://a.example/b.MP4?c=d')).toBe('video')
  expect(playerFor('https://a.example/b.opus')).toBe('audio')
  expect(playerFor('https://a.example/b.exe?c=.mp4')).toBeUndefined()
})
