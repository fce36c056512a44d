/** Calls: what one client tells another is passed on to friends, and never stored. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { history, texts } from '../support/chat.ts'
import { act, befriend } from '../support/friend.ts'
import { call, ok, refused, unauthorized } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { CallSignal, IceServers } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterEach(closeAll)

describe('a call', () => {
  const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
  let adas: Socket
  beforeEach(async () => {
    await befriend(ada, bob)
    adas = await connect({ token: ada.token })
  })
  const named = (target_id: number, action: string, call_id: string = randomUUID()) => ({
    ...{ type: 4, target_id, content: '{}', call_id, action },
  })
  const signal = (socket: Socket, target_id: number, content: string) => socket.send({ type: 4, target_id, content })

  it('reaches each connection of the friend as it was sent, in order, and leaves nothing', async () => {
    const bobs = [await connect({ token: bob.token }), await connect({ token: bob.token, frames: 'batch' })]
    const sent = texts(12).map((content) => JSON.stringify({ content, sdp: randomUUID() }))
    for (const content of sent) signal(adas, bob.id, content)
    for (const socket of bobs) {
      const heard = (await socket.take(sent.length, ofType(4))).map((frame) => CallSignal.parse(frame))
      expect(heard.map(({ content }) => content)).toEqual(sent)
      expect(heard[0]).toMatchObject({ from_id: ada.id })
    }
    await adas.none(ofType(4, 9))
    expect(await history(bob, ada)).toEqual([])
  })

  it('is refused to strangers, and once a friendship is over', async () => {
    const bobs = await connect({ token: bob.token })
    signal(adas, eve.id, 'ring')
    expect(await adas.next(ofType(9))).toMatchObject({ reason: 'NOT_FRIENDS', retryable: false })
    await act(bob, 'block', ada)
    signal(adas, bob.id, 'ring')
    expect(await adas.next(ofType(9))).toMatchObject({ reason: 'NOT_FRIENDS' })
    await bobs.none(ofType(4))
  })

  it.each([
    ['to oneself', () => ({ type: 4, target_id: ada.id, content: 'ring' }), 'TARGET_IS_SELF'],
    ['without a word', () => ({ type: 4, target_id: bob.id, content: '' }), 'BAD_FRAME'],
    ['without a target', () => ({ type: 4, content: 'ring' }), 'BAD_FRAME'],
    [
      'with an id and no action',
      () => ({ type: 4, target_id: bob.id, content: '{}', call_id: randomUUID() }),
      'BAD_FRAME',
    ],
    ['with an action and no id', () => ({ type: 4, target_id: bob.id, content: '{}', action: 'end' }), 'BAD_FRAME'],
    ['with an action that is none', () => ({ ...named(bob.id, 'invite'), action: 'sing' }), 'BAD_FRAME'],
    ['with an id that is none', () => ({ ...named(bob.id, 'invite'), call_id: 'a b' }), 'BAD_FRAME'],
    ['with an id that is not known', () => named(bob.id, 'end'), 'CALL_NOT_FOUND'],
    ['of more than 16 KiB', () => ({ type: 4, target_id: bob.id, content: 'x'.repeat(16 * 1024 + 1) }), 'TOO_LARGE'],
  ])('is refused %s', async (_title, frame, reason) => {
    adas.send(frame())
    expect(await adas.next(ofType(9))).toMatchObject({ reason })
  })

  it('with an id rings everywhere, is accepted once, and leaves one message that both see', async () => {
    const bobs = await connect({ token: bob.token })
    const elsewhere = await connect({ token: bob.token })
    const call_id = randomUUID()
    adas.send(named(bob.id, 'invite', call_id))
    for (const socket of [bobs, elsewhere])
      expect(CallSignal.parse(await socket.next(ofType(4)))).toMatchObject({
        from_id: ada.id,
        call_id,
        action: 'invite',
      })
    bobs.send(named(ada.id, 'accept', call_id))
    expect(await adas.next(ofType(4))).toMatchObject({ from_id: bob.id, call_id, action: 'accept' })
    const event = { type: 8, event: 'answered_elsewhere', user_id: ada.id, call_id }
    expect(await elsewhere.next(ofType(8))).toEqual(event)
    bobs.send(named(ada.id, 'end', call_id))
    expect(await adas.next(ofType(4))).toMatchObject({ call_id, action: 'end' })
    for (const socket of [adas, bobs, elsewhere])
      expect(await socket.next(ofType(2))).toMatchObject({ seq: 1, from_id: ada.id })
    expect((await history(bob, ada)).map(({ from_user_id }) => from_user_id)).toEqual([ada.id])
  })

  it('with an id finds a friend busy who is in another one', async () => {
    await befriend(eve, bob)
    const eves = await connect({ token: eve.token })
    const bobs = await connect({ token: bob.token })
    adas.send(named(bob.id, 'invite'))
    await bobs.next(ofType(4))
    eves.send(named(bob.id, 'invite'))
    expect(CallSignal.parse(await eves.next(ofType(4)))).toMatchObject({ from_id: bob.id, action: 'busy' })
    await bobs.none(ofType(4))
  })

  it('whose id a message claims is refused: only the service tells of calls', async () => {
    adas.send({ type: 2, target_id: bob.id, content: 'Call, 9:99', client_msg_id: `call:ended:1:${randomUUID()}` })
    expect(await adas.next(ofType(9))).toMatchObject({ reason: 'BAD_FRAME' })
  })

  it('finds its way by the servers that the service names', async () => {
    const path = '/api/call/ice-servers'
    expect(ok(await call('GET', path, { token: ada.token }), IceServers)).toEqual({ ice_servers: [], expires_in: 0 })
    refused(await call('GET', path), { ...unauthorized, reason: 'TOKEN_MISSING' })
  })
})
