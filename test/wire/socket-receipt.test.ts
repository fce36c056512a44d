/** Receipts, typing and events: frames 6, 7 and 8. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heard, heardMany, named, say, sayAll, texts } from '../support/chat.ts'
import { accept, act, befriend, decide, friendOf, request, requestFrom } from '../support/friend.ts'
import { login, newcomers } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

const receipt = (socket: Socket, seq: number) => socket.next((frame) => frame.type === 6 && frame.seq === seq)

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob, eve } = talk
  let adas: Socket
  let bobs: Socket
  let bobsDesk: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
    bobsDesk = await connect({ token: await login(bob.username) })
  })

  describe('a receipt', () => {
    it('moves the mark, and tells the writer and the reader’s other devices', async () => {
      await sayAll(adas, talk.targetOf(ada), texts(5))
      await heardMany(bobs, 5, talk.targetOf(bob))
      bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 3 })
      const frame = { type: 6, from_id: bob.id, ...named(talk.targetOf(bob)), seq: 3 }
      expect(await receipt(adas, 3)).toEqual(frame)
      expect(await receipt(bobsDesk, 3)).toEqual(frame)
      await bobs.none(ofType(6))
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 2, read_seq: 3, last_seq: 5 })
      if (kind.kind === 'two friends') expect(await friendOf(ada, bob)).toMatchObject({ peer_read_seq: 3 })
    })

    it('never moves the mark back', async () => {
      await sayAll(adas, talk.targetOf(ada), texts(5))
      await heardMany(bobs, 5, talk.targetOf(bob))
      bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 3 })
      await receipt(adas, 3)
      bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 1 })
      bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 4 })
      await receipt(adas, 4)
      bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 2 })
      const { seq } = await say(adas, talk.targetOf(ada), 'a barrier')
      await heard(bobs, talk.targetOf(bob))
      expect(await talk.stateOf(bob)).toMatchObject({ read_seq: 4, unread_count: seq - 4 })
      await adas.none((frame) => frame.type === 6 && Number(frame.seq) < 4)
    })

    it('of a stranger is refused', async () => {
      const eves = await connect({ token: eve.token })
      eves.send({ type: 6, ...named(talk.targetOf(ada)), seq: 1 })
      expect(await eves.next(ofType(9))).toMatchObject({ reason: kind.refusal, retryable: false })
    })

    it('goes to the end and not beyond it', async () => {
      await sayAll(adas, talk.targetOf(ada), texts(2))
      bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 99 })
      await receipt(adas, 2)
      await say(adas, talk.targetOf(ada), 'one more')
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1, read_seq: 2, last_seq: 3 })
    })

    it.each([{ seq: -1 }, { seq: 1.5 }, { seq: '1' }, {}, { seq: 1, target_id: 0 }])(
      'of %o is refused',
      async (given) => {
        bobs.send({ type: 6, ...named(talk.targetOf(bob)), ...given })
        expect(await bobs.next(ofType(9))).toMatchObject({ code: 400, retryable: false })
      },
    )
  })

  describe('typing', () => {
    it('reaches the other side, and no other device of the one who types', async () => {
      bobs.send({ type: 7, ...named(talk.targetOf(bob)), typing: true })
      // Two need no name for the place.
      const place = talk.targetOf(bob).chat_type ? named(talk.targetOf(bob)) : {}
      expect(await adas.next(ofType(7))).toEqual({ type: 7, from_id: bob.id, ...place, typing: true })
      bobs.send({ type: 7, ...named(talk.targetOf(bob)), typing: false })
      expect(await adas.next(ofType(7))).toEqual({ type: 7, from_id: bob.id, ...place, typing: false })
      await bobsDesk.none(ofType(7))
    })

    it('of a stranger is refused, and so is what is no sign of typing', async () => {
      const eves = await connect({ token: eve.token })
      eves.send({ type: 7, ...named(talk.targetOf(ada)), typing: true })
      expect(await eves.next(ofType(9))).toMatchObject({ reason: kind.refusal })
      bobs.send({ type: 7, ...named(talk.targetOf(bob)), typing: 'yes' })
      expect(await bobs.next(ofType(9))).toMatchObject({ code: 400 })
    })
  })
})

describe('between two friends', () => {
  const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
  let adas: Socket
  beforeEach(async () => {
    await befriend(ada, bob)
    adas = await connect({ token: ada.token })
  })

  it('a receipt comes of mark-read, too', async () => {
    const bobs = await connect({ token: bob.token })
    const { seq } = await say(adas, bob, 'hello')
    await act(bob, 'mark-read', ada)
    for (const device of [adas, bobs]) {
      expect(await receipt(device, seq)).toEqual({ type: 6, from_id: bob.id, target_id: ada.id, seq })
    }
  })

  it('events tell of a request, an acceptance and a removal', async () => {
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
