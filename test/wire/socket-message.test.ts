/** A message from socket to socket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heard, history, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { people } from '../support/people.ts'
import type { Message } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('a message, $kind', ({ talk }) => {
  const { ada, bob, toAda, toBob } = talk(beforeEach)
  let adasSocket: Socket
  let bobsSocket: Socket
  beforeEach(async () => {
    adasSocket = await connect({ token: ada.token })
    bobsSocket = await connect({ token: bob.token })
  })

  /** What reaches bob of a frame that ada sends as it is. */
  async function heardOf(frame: Record<string, unknown>): Promise<Message> {
    adasSocket.send({ type: toBob.chat_type ?? 2, target_id: toBob.id, ...frame })
    return heard(bobsSocket)
  }

  it('reaches the other one', async () => {
    const message = await heardOf({ content: 'hello', media: 1 })
    expect(message).toMatchObject({ seq: 1, from_id: ada.id, from_user_id: ada.id, target_id: toBob.id, media: 1 })
    expect((await history(bob, toAda)).at(-1)).toMatchObject({
      id: message.id,
      to_user_id: toBob.id,
      type: message.type,
    })
  })

  it('is dated in seconds and in milliseconds', async () => {
    const message = await heardOf({ content: 'now' })
    expect(Math.abs(message.send_time - message.created_at / 1000)).toBeLessThanOrEqual(1)
    expect(Math.abs(message.created_at - Date.now())).toBeLessThan(120_000)
    const ack = await say(adasSocket, toBob, 'then')
    expect(await heard(bobsSocket)).toMatchObject({ send_time: ack.send_time, created_at: ack.created_at })
  })

  it.each([
    ['nothing', {}, 1],
    ['0', { media: 0 }, 1],
    ['1', { media: 1 }, 1],
    ['2', { media: 2 }, 2],
    ['3', { media: 3 }, 3],
  ])('with media %s', async (_title, fields, media) => {
    const message = await heardOf({ content: 'https://example.com/1', ...fields })
    expect(message.media).toBe(media)
    expect((await history(ada, toBob)).at(-1)).toMatchObject({ id: message.id, media })
  })

  it('may carry fields that nobody knows, and none of them is passed on or believed', async () => {
    const odd = { from_id: bob.id, from_user_id: bob.id, id: 7, seq: 7, send_time: 1, created_at: 1, is_me: true }
    const message = await heardOf({ content: 'odd', ...odd })
    expect(message.from_id).toBe(ada.id)
    expect(message.id).not.toBe(7)
    expect(message.send_time).not.toBe(1)
  })

  it('is answered only if it carries a client_msg_id', async () => {
    await heardOf({ content: 'unanswered' })
    await say(adasSocket, toBob, 'answered')
    await adasSocket.none(ofType(2, 3, 5, 9))
    await heard(bobsSocket)
  })

  it('crosses another one without a mix-up', async () => {
    const [fromAda, fromBob] = await Promise.all([say(adasSocket, toBob, 'to bob'), say(bobsSocket, toAda, 'to ada')])
    expect(await heard(bobsSocket)).toMatchObject({ content: 'to bob', seq: fromAda.seq, target_id: toBob.id })
    expect(await heard(adasSocket)).toMatchObject({ content: 'to ada', seq: fromBob.seq, target_id: toAda.id })
    expect(Math.abs(fromAda.seq - fromBob.seq)).toBe(1)
  })

  it('waits in the history for somebody who is away', async () => {
    await bobsSocket.close()
    const ack = await say(adasSocket, toBob, 'while you were away')
    bobsSocket = await connect({ token: bob.token })
    expect((await history(bob, toAda)).at(-1)).toMatchObject({ id: ack.id, content: 'while you were away' })
    await say(adasSocket, toBob, 'welcome back')
    expect((await heard(bobsSocket)).content).toBe('welcome back')
  })
})

describe('a message', () => {
  it('of type 0 with a target reaches the other one and is kept as type 2', async () => {
    const { ada, bob } = await people('ada', 'bob')
    await befriend(ada, bob)
    const [adasSocket, bobsSocket] = [await connect({ token: ada.token }), await connect({ token: bob.token })]
    adasSocket.send({ type: 0, target_id: bob.id, content: '你好', media: 0 })
    const message = await heard(bobsSocket)
    expect(message).toMatchObject({
      type: 2,
      seq: 1,
      from_id: ada.id,
      from_user_id: ada.id,
      target_id: bob.id,
      content: '你好',
      media: 1,
    })
    expect(message).not.toHaveProperty('client_msg_id')
    expect((await history(bob, ada)).at(-1)).toMatchObject({
      id: message.id,
      seq: message.seq,
      type: 2,
      media: 1,
      created_at: message.created_at,
    })
  })
})
