import { describe, expect, test } from 'vitest'
import { fileFault, isPicture, plainName } from '../../src/model/file-rules.ts'
import { serviceFile } from '../../src/views/common/file-address.ts'
import { filePreview } from '../../src/views/file-preview.ts'
import { sizeText } from '../../src/views/thread/file-size.ts'

const megabyte = 2 ** 20

test.each([
  ['image/png', 20 * megabyte, undefined],
  ['image/png', 20 * megabyte + 1, 'MEDIA_TOO_LARGE'],
  ['image/svg+xml', 20 * megabyte + 1, undefined],
  ['video/mp4', 100 * megabyte, undefined],
  ['', 100 * megabyte + 1, 'MEDIA_TOO_LARGE'],
  ['image/gif', 0, 'MEDIA_REFUSED'],
])('of type "%s" with %i bytes, the fault is %s', (type, size, fault) => {
  expect(fileFault({ type, size })).toBe(fault)
})

test('pictures are those that every browser shows', () => {
  expect(['image/jpeg', 'image/webp', 'image/svg+xml', 'image/heic', ''].map((type) => isPicture({ type }))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})

test.each([
  ['report.pdf', 'report.pdf'],
  ['  a\u202egpj.exe\n', 'agpj.exe'],
  ['e\u0301.txt', 'é.txt'],
  ['\u0000', 'file'],
  ['', 'file'],
  [`${'长'.repeat(300)}.png`, `${'长'.repeat(196)}.png`],
])('a name is plain: %j', (name, plain) => {
  expect(plainName(name)).toBe(plain)
})

const name = '0123456789abcdef'.repeat(2)
const path = `/chat-files/20261128/${name}.png`

describe('an address', () => {
  test.each([path, `https://chat.example${path}`, `http://[::1]:8080${path}`, ` ${path}\n`])(
    '%j is of the service, by its path',
    (content) => expect(serviceFile(content)).toEqual({ path, extension: 'png', kind: 'picture' }),
  )

  test.each([
    `${path}?x=1`,
    `${path}#x`,
    `look: ${path}`,
    `//evil.example${path}`,
    `javascript:${path}`,
    `https://a@evil.example${path}`,
    `https://evil.example/..${path}`,
    `/user-avatars/20261128/${name}.png`,
    path.toUpperCase(),
    '',
  ])('%j is not', (content) => expect(serviceFile(content)).toBeUndefined())

  test.each([
    ['mov', 'video'],
    ['m4a', 'audio'],
    ['pdf', 'file'],
    ['svg', 'file'],
  ])('tells by its ending, %s, that it is of a %s', (extension, kind) =>
    expect(serviceFile(`/chat-files/20261128/${name}.${extension}`)?.kind).toBe(kind),
  )

  test('without an ending is of a file', () =>
    expect(serviceFile(`/chat-files/20261128/${name}`)).toMatchObject({ extension: '', kind: 'file' }))

  test('is known by its beginning in a list', () => {
    expect(filePreview(`https://chat.example${path}`)).toBe('picture')
    expect(filePreview(path.slice(0, 40))).toBe('file')
    expect(filePreview('see /chat-files/20261128/0 there')).toBeUndefined()
    expect(filePreview('')).toBeUndefined()
  })
})

test('sizes are written as people write them', () => {
  expect([0, 999, 1_000, 1_234_567, 104_857_600].map((bytes) => sizeText(bytes, 'en'))).toEqual([
    '0 byte',
    '999 byte',
    '1 kB',
    '1.2 MB',
    '104.9 MB',
  ])
})
