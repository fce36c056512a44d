/** Receipts, typing and events: frames 6, 7 and 8. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heard, heardMany, say, sayAll, texts } from '../support/chat.ts'
import { accept, act, befriend, decide, friendOf, request, requestFrom } from '../support/friend.ts'
import { login, newcomers } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterEach(closeAll)

const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
let adas: Socket
let bobs: Socket
let bobsDesk: Socket
beforeEach(async () => {
  await befriend(ada, bob)
  adas = await connect({ token: ada.token })
  bobs = await connect({ token: bob.token })
  bobsDesk = await connect({ token: await login(bob.username) })
})

const receipt = (socket: Socket, seq: number) => socket.next((frame) => frame.type === 6 && frame.seq === seq)

describe('a receipt', () => {
  it('moves the mark, and tells the writer and the reader’s other devices', async () => {
    await sayAll(adas, bob, texts(5))
    await heardMany(bobs, 5)
    bobs.send({ type: 6, target_id: ada.id, seq: 3 })
    const frame = { type: 6, from_id: bob.id, target_id: ada.id, seq: 3 }
    expect(await receipt(adas, 3)).toEqual(frame)
    expect(await receipt(bobsDesk, 3)).toEqual(frame)
    await bobs.none(ofType(6))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 2, read_seq: 3, last_seq: 5 })
    expect(await friendOf(ada, bob)).toMatchObject({ peer_read_seq: 3 })
  })

  it('never moves the mark back', async () => {
    await sayAll(adas, bob, texts(5))
    await heardMany(bobs, 5)
    bobs.send({ type: 6, target_id: ada.id, seq: 3 })
    await receipt(adas, 3)
    bobs.send({ type: 6, target_id: ada.id, seq: 1 })
    bobs.send({ type: 6, target_id: ada.id, seq: 4 })
    await receipt(adas, 4)
    bobs.send({ type: 6, target_id: ada.id, seq: 2 })
    const { seq } = await say(adas, bob, 'a barrier')
    await heard(bobs)
    expect(await friendOf(bob, ada)).toMatchObject({ read_seq: 4, unread_count: seq - 4 })
    await adas.none((frame) => frame.type === 6 && Number(frame.seq) < 4)
  })

  it('comes of mark-read, too', async () => {
    const { seq: last_seq } = await say(adas, bob, 'hello')
    await act(bob, 'mark-read', ada)
    for (const device of [adas, bobs, bobsDesk]) {
      expect(await receipt(device, last_seq)).toEqual({ type: 6, from_id: bob.id, target_id: ada.id, seq: last_seq })
    }
  })

  it('to a stranger is refused', async () => {
    bobs.send({ type: 6, target_id: eve.id, seq: 1 })
    expect(await bobs.next(ofType(9))).toMatchObject({ reason: 'NOT_FRIENDS', retryable: false })
  })

  it.each([{ seq: -1 }, { seq: 1.5 }, { seq: '1' }, {}, { seq: 1, target_id: 0 }])(
    'of %o is refused',
    async (given) => {
      bobs.send({ type: 6, target_id: ada.id, ...given })
      expect(await bobs.next(ofType(9))).toMatchObject({ code: 400, retryable: false })
    },
  )
})

describe('typing', () => {
  it('reaches the other side, and no other device of the one who types', async () => {
    bobs.send({ type: 7, target_id: ada.id, typing: true })
    expect(await adas.next(ofType(7))).toEqual({ type: 7, from_id: bob.id, typing: true })
    bobs.send({ type: 7, target_id: ada.id, typing: false })
    expect(await adas.next(ofType(7))).toEqual({ type: 7, from_id: bob.id, typing: false })
    await bobsDesk.none(ofType(7))
  })

  it('to a stranger is refused, and so is what is no sign of typing', async () => {
    bobs.send({ type: 7, target_id: eve.id, typing: true })
    expect(await bobs.next(ofType(9))).toMatchObject({ reason: 'NOT_FRIENDS' })
    bobs.send({ type: 7, target_id: ada.id, typing: 'yes' })
    expect(await bobs.next(ofType(9))).toMatchObject({ code: 400 })
  })
})

describe('an event', () => {
  it('tells of a request, an acceptance and a removal', async () => {
    const eves = await connect({ token: eve.token })
    await request(eve, ada)
    expect(await adas.next((frame) => frame.event === 'friend_request')).toEqual({
      type: 8,
      event: 'friend_request',
      user_id: eve.id,
    })
    await decide(ada, (await requestFrom(ada, eve)).id, accept)
    expect(await eves.next((frame) => frame.event === 'friend_accepted')).toMatchObject({ user_id: ada.id })
    await act(ada, 'delete', eve)
    expect(await eves.next((frame) => frame.event === 'friend_removed')).toMatchObject({ user_id: ada.id })
  })
})
