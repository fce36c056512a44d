/** Calls: what one client tells another is passed on to friends, and never stored. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { history, texts } from '../support/chat.ts'
import { act, befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { CallSignal } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterEach(closeAll)

describe('a call', () => {
  const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
  let adas: Socket
  beforeEach(async () => {
    await befriend(ada, bob)
    adas = await connect({ token: ada.token })
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
    ['of more than 16 KiB', () => ({ type: 4, target_id: bob.id, content: 'x'.repeat(16 * 1024 + 1) }), 'TOO_LARGE'],
  ])('is refused %s', async (_title, frame, reason) => {
    adas.send(frame())
    expect(await adas.next(ofType(9))).toMatchObject({ reason })
  })
})
