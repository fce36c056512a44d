/** The addresses of files. */
import { describe, expect, it } from 'vitest'
import { folders, incomingPath, mediaPathOf, newPath, thumbnailPath } from '../../lib/core/media-path.ts'

const now = Date.UTC(2026, 10, 28, 23, 59)
const hex = '0123456789abcdef0123456789abcdef'

describe('a new path', () => {
  it('has the day, a name that nobody can guess, and the ending of the file', () => {
    const made = newPath(folders.chat, 'My Photo.JPG', now)
    expect(made.path).toMatch(/^chat-files\/20261128\/[0-9a-f]{32}\.jpg$/)
    expect(newPath(folders.chat, 'My Photo.JPG', now).path).not.toBe(made.path)
    expect(mediaPathOf(`https://chat.example/${made.path}`)).toEqual(made)
  })

  it.each(['README', 'a.', '../../etc/passwd', 'a.b/c', 'x.html"><script>', 'a.verylongending', '.'])(
    'takes nothing else from %s',
    (filename) => expect(newPath(folders.avatar, filename, now).path).toMatch(/^user-avatars\/20261128\/[0-9a-f]{32}$/),
  )
})

describe('an address', () => {
  it.each([
    `http://localhost:8080/chat-files/20261128/${hex}.png`,
    `/chat-files/20261128/${hex}.png`,
    `chat-files/20261128/${hex}.png`,
    `20261128/${hex}.png`,
    `/20261128/${hex}.png`,
  ])('%s names the file', (address) => {
    const path = `chat-files/20261128/${hex}.png`
    expect(mediaPathOf(address, folders.chat)).toEqual({ folder: 'chat-files', name: Buffer.from(hex, 'hex'), path })
  })

  it.each([
    '',
    'hello',
    `20261128/${hex}.png`,
    `/chat-files/20261128/../${hex}.png`,
    `/chat-files/20261128/${hex}.png/x`,
    `/chat-files/20261128/${hex}..png`,
    `/incoming/${hex}`,
    `/chat-files/20261128/${hex}.png?x=1`,
    `/chat-files/20261128/${hex.toUpperCase()}.png`,
    `javascript:/chat-files/20261128/${hex}.png`,
    `https://chat.example/x/chat-files/20261128/${hex}.png`,
    'http://',
    'x'.repeat(100_000),
  ])('%s names none', (address) => expect(mediaPathOf(address)).toBeUndefined())
})

it('what is put, and the small form, have names of their own', () => {
  expect(incomingPath(Buffer.from(hex, 'hex'))).toBe(`incoming/${hex}`)
  expect(thumbnailPath(`chat-files/20261128/${hex}.png`)).toBe(`chat-files/20261128/${hex}-small.png`)
  expect(thumbnailPath(`chat-files/20261128/${hex}`)).toBe(`chat-files/20261128/${hex}-small`)
})
