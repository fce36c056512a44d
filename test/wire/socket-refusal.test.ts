/** Frame 9: what is not accepted is answered, and the socket stays open. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, heard, history, say, sayInVain } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { nobody, notIds } from '../support/route.ts'
import { Refusal } from '../support/shape.ts'
import { closeAll, connect, type Frame, ofType, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const { ada, bob, eve } = newcomers(beforeAll, 'ada', 'bob', 'eve')
let adasSocket: Socket
let bobsSocket: Socket
beforeAll(async () => {
  await befriend(ada, bob)
  adasSocket = await connect({ token: ada.token })
  bobsSocket = await connect({ token: bob.token })
})

/** Sends something wrong; asserts one final refusal and a socket that goes on. */
async function refuses(frame: Frame | string | Buffer): Promise<Refusal> {
  adasSocket.send(frame)
  const refusal = Refusal.parse(await adasSocket.next(ofType(9)))
  expect(refusal.retryable).toBe(false)
  await adasSocket.none(ofType(0, 2, 5, 9))
  return refusal
}

const message = (fields: Frame) => ({ type: 2, target_id: bob.id, content: 'hello', ...fields })

describe('a message that may not pass', () => {
  it('is refused to somebody who is no friend', async () => {
    const refusal = await sayInVain(adasSocket, eve, 'hello', 'NOT_FRIENDS')
    expect(refusal.retryable).toBe(false)
    expect(await history(ada, eve).catch(() => [])).toEqual([])
  })

  it('is refused without a client_msg_id too', async () => {
    expect(await refuses({ type: 0, target_id: eve.id, content: 'hello', media: 0 })).toMatchObject({
      reason: 'NOT_FRIENDS',
    })
  })

  it('is refused to nobody and to oneself, under its client_msg_id', async () => {
    await sayInVain(adasSocket, nobody, 'hello')
    await sayInVain(adasSocket, ada, 'hello')
  })
})

describe('a text that is no frame', () => {
  it.each([
    ['a word', 'hello'],
    ['half of an object', '{"type":2,"target_id"'],
    ['an empty array', '[]'],
    ['an array of frames', '[{"type":0,"ping":1}]'],
    ['a number', '2'],
    ['a string', '"ping"'],
    ['null', 'null'],
    ['true', 'true'],
    ['a space', ' '],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['a number beyond all', '{"type":1e999}'],
  ])('is refused: %s', async (_title, text) => {
    await refuses(text)
  })

  it.each([
    ['bytes', Buffer.from([0, 1, 2, 255])],
    ['a frame as bytes', Buffer.from('{"type":0,"ping":1}')],
  ])('is refused: %s in a binary message', async (_title, bytes) => {
    await refuses(bytes)
  })
})

describe('a type that clients do not send', () => {
  it.each([
    ['99', 99],
    ['-1', -1],
    ['1', 1],
    ['3, kept for groups', 3],
    ['4, kept for calls', 4],
    ['5', 5],
    ['8', 8],
    ['9', 9],
    ['10', 10],
    ['a fraction', 2.5],
    ['digits in a string', '2'],
    ['null', null],
    ['an object', {}],
    ['missing', undefined],
  ])('is refused: %s', async (_title, type) => {
    await refuses(message({ type }))
  })

  it('is refused: an empty object', async () => {
    await refuses({})
  })
})

describe('a message of the wrong shape', () => {
  it.each(notIds)('is refused: a target that is %s', async (_title, target_id) => {
    await refuses(message({ target_id }))
  })

  it.each([
    ['a missing target', { target_id: undefined }],
    ['a missing content', { content: undefined }],
    ['a content that is null', { content: null }],
    ['a content that is a number', { content: 7 }],
    ['a content that is an object', { content: { text: 'hello' } }],
    ['a medium of 4', { media: 4 }],
    ['a negative medium', { media: -1 }],
    ['a medium of one and a half', { media: 1.5 }],
    ['a medium in a string', { media: '1' }],
    ['an empty client_msg_id', { client_msg_id: '' }],
    ['a client_msg_id of 65 characters', { client_msg_id: 'x'.repeat(65) }],
    ['a client_msg_id that is a number', { client_msg_id: 7 }],
    ['a client_msg_id that is an object', { client_msg_id: {} }],
  ])('is refused: %s', async (_title, fields) => {
    await refuses(message(fields))
  })

  it.each([
    ['a content that is a number', { content: 7 }],
    ['a medium of 4', { media: 4 }],
    ['an impossible target', { target_id: -1 }],
  ])('is refused under its client_msg_id: %s', async (_title, fields) => {
    const client_msg_id = randomUUID()
    expect(await refuses(message({ ...fields, client_msg_id }))).toMatchObject({ client_msg_id })
  })

  it('does not use its client_msg_id up', async () => {
    const client_msg_id = randomUUID()
    const seq = (await history(ada, bob)).length + 1
    await sayInVain(adasSocket, bob, 7, undefined, { client_msg_id })
    expect(await say(adasSocket, bob, 'right this time', { client_msg_id })).toMatchObject({ duplicate: false, seq })
    expect((await heard(bobsSocket)).content).toBe('right this time')
  })
})

describe('odd but harmless', () => {
  it('an empty message is answered once, and the history agrees with the answer', async () => {
    const before = await history(ada, bob)
    const client_msg_id = randomUUID()
    adasSocket.send(message({ content: '', client_msg_id }))
    const { type } = await answer(adasSocket, client_msg_id)
    const added = (await history(ada, bob)).slice(before.length)
    expect(added.map((row) => row.content)).toEqual(type === 5 ? [''] : [])
    if (type === 5) await heard(bobsSocket)
    await adasSocket.ping()
  })

  it.each([
    ['lone surrogates', '{"type":2,"target_id":TARGET,"content":"\\ud800","client_msg_id":"ID"}'],
    ['a NUL', '{"type":2,"target_id":TARGET,"content":"a\\u0000b","client_msg_id":"ID"}'],
    ['a prototype', '{"type":2,"target_id":TARGET,"content":"x","client_msg_id":"ID","__proto__":{"media":9}}'],
    ['a key twice', '{"type":0,"type":2,"target_id":TARGET,"content":"y","client_msg_id":"ID"}'],
  ])('%s get an answer', async (_title, text) => {
    const client_msg_id = randomUUID()
    adasSocket.send(text.replace('TARGET', String(bob.id)).replace('ID', client_msg_id))
    const frame = await answer(adasSocket, client_msg_id)
    if (frame.type === 9) expect(Refusal.parse(frame).retryable).toBe(false)
    else await heard(bobsSocket)
    await adasSocket.ping()
  })
})

describe('after all that', () => {
  it('nothing wrong has reached the other one, and what is right still does', async () => {
    for (const wrong of ['hello', message({ type: 99 }), message({ content: 7 }), message({ media: 4 })])
      await refuses(wrong)
    await say(adasSocket, bob, 'still here')
    expect((await heard(bobsSocket)).content).toBe('still here')
    await bobsSocket.none(ofType(2, 9))
  })
})
