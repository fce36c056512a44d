/** Frame 9: what is not accepted is answered, and the socket stays open. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answer, heard, history, otherKind, say, sayInVain } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { nobody, notIds } from '../support/route.ts'
import { Refusal } from '../support/shape.ts'
import { closeAll, connect, type Frame, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

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
  await adasSocket.none(ofType(0, 2, 3, 5, 9))
  return refusal
}

const message = (fields: Frame) => ({ type: 2, target_id: bob.id, content: 'hello', ...fields })

/** The same wrong message to a user and to a group. */
async function refusesOfBothKinds(fields: Frame): Promise<Refusal[]> {
  return [await refuses(message(fields)), await refuses(message({ type: 3, ...fields }))]
}

describe('a message that may not pass', () => {
  it('is refused to somebody who is no friend', async () => {
    const refusal = await sayInVain(adasSocket, eve, 'hello', 'NOT_FRIENDS')
    expect(refusal.retryable).toBe(false)
    expect(await history(ada, eve)).toEqual([])
  })

  it('is refused in a group of which one is no member, though it has the id of a friend', async () => {
    const refusal = await sayInVain(adasSocket, otherKind(bob), 'hello', 'NOT_MEMBER')
    expect(refusal.retryable).toBe(false)
    expect(await history(ada, otherKind(bob))).toEqual([])
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
    await refusesOfBothKinds({ target_id })
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
    await refusesOfBothKinds(fields)
  })

  it.each([
    ['a content that is a number', { content: 7 }],
    ['a medium of 4', { media: 4 }],
    ['an impossible target', { target_id: -1 }],
  ])('is refused under its client_msg_id: %s', async (_title, fields) => {
    const client_msg_id = randomUUID()
    for (const refusal of await refusesOfBothKinds({ ...fields, client_msg_id })) {
      expect(refusal).toMatchObject({ client_msg_id })
    }
  })
})

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob } = talk
  let adas: Socket
  let bobs: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
  })

  it('a message of the wrong shape does not use its client_msg_id up', async () => {
    const client_msg_id = randomUUID()
    await sayInVain(adas, talk.targetOf(ada), 7, undefined, { client_msg_id })
    const right = await say(adas, talk.targetOf(ada), 'right this time', { client_msg_id })
    expect(right).toMatchObject({ duplicate: false, seq: 1 })
    expect((await heard(bobs, talk.targetOf(bob))).content).toBe('right this time')
  })

  it.each([
    ['nothing', '{"type":TYPE,"target_id":TARGET,"content":"","client_msg_id":"ID"}'],
    ['lone surrogates', '{"type":TYPE,"target_id":TARGET,"content":"\\ud800","client_msg_id":"ID"}'],
    ['a NUL', '{"type":TYPE,"target_id":TARGET,"content":"a\\u0000b","client_msg_id":"ID"}'],
    ['a prototype', '{"type":TYPE,"target_id":TARGET,"content":"x","client_msg_id":"ID","__proto__":{"media":9}}'],
    ['a key twice', '{"type":0,"type":TYPE,"target_id":TARGET,"content":"y","client_msg_id":"ID"}'],
  ])('a message of %s is answered once, and the history agrees with the answer', async (_title, text) => {
    const client_msg_id = randomUUID()
    const { id, chat_type = 2 } = talk.targetOf(ada)
    adas.send(text.replace('TYPE', String(chat_type)).replace('TARGET', String(id)).replace('ID', client_msg_id))
    const frame = await answer(adas, client_msg_id)
    if (frame.type === 9) expect(Refusal.parse(frame).retryable).toBe(false)
    else await heard(bobs, talk.targetOf(bob))
    expect(await history(ada, talk.targetOf(ada))).toHaveLength(frame.type === 9 ? 0 : 1)
    await adas.none(ofType(2, 3, 5, 9))
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
