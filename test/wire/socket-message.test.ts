/** A message from socket to socket. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Heard, heard, history, say } from '../support/chat.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('a message between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob } = talk
  let adasSocket: Socket
  let bobsSocket: Socket
  beforeEach(async () => {
    adasSocket = await connect({ token: ada.token })
    bobsSocket = await connect({ token: bob.token })
  })

  /** What reaches bob of a frame that ada sends as it is. */
  async function heardOf(frame: Record<string, unknown>): Promise<Heard> {
    const { id, chat_type = 2 } = talk.targetOf(ada)
    adasSocket.send({ type: chat_type, target_id: id, ...frame })
    return heard(bobsSocket, talk.targetOf(bob))
  }

  it('reaches the other one', async () => {
    const message = await heardOf({ content: '你好', media: 1 })
    const target_id = talk.targetOf(ada).id
    expect(message).toMatchObject({
      seq: 1,
      from_id: ada.id,
      from_user_id: ada.id,
      target_id,
      content: '你好',
      media: 1,
    })
    expect(message).not.toHaveProperty('client_msg_id')
    const { id, seq, created_at } = message
    const type = talk.targetOf(ada).chat_type ?? 2
    const sender = type === 3 && { sender_name: ada.username, sender_avatar: '' }
    const said = { content: '你好', media: 1, created_at, ...sender }
    const row = { id, seq, type, from_user_id: ada.id, to_user_id: target_id, ...said }
    expect(await history(bob, talk.targetOf(bob))).toEqual([row])
    expect(await history(ada, talk.targetOf(ada))).toEqual([row])
  })

  it('is dated in seconds and in milliseconds', async () => {
    const message = await heardOf({ content: 'now' })
    expect(Math.abs(message.send_time - message.created_at / 1000)).toBeLessThanOrEqual(1)
    expect(Math.abs(message.created_at - Date.now())).toBeLessThan(120_000)
    const ack = await say(adasSocket, talk.targetOf(ada), 'then')
    const { send_time, created_at } = ack
    expect(await heard(bobsSocket, talk.targetOf(bob))).toMatchObject({ send_time, created_at })
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
    expect((await history(ada, talk.targetOf(ada))).at(-1)).toMatchObject({ id: message.id, media })
  })

  it('may carry fields that nobody knows, and none of them is passed on or believed', async () => {
    const odd = { from_id: bob.id, from_user_id: bob.id, id: 7, seq: 7, send_time: 1, created_at: 1, is_me: true }
    const message = await heardOf({ content: 'odd', ...odd, nickname: 'odd', avatar: 'odd' })
    expect(message.from_id).toBe(ada.id)
    expect(message.id).not.toBe(7)
    expect(message.send_time).not.toBe(1)
    if (message.type === 3) expect(message).toMatchObject({ nickname: ada.username, avatar: '' })
  })

  it('is answered only if it carries a client_msg_id', async () => {
    await heardOf({ content: 'unanswered' })
    await say(adasSocket, talk.targetOf(ada), 'answered')
    await adasSocket.none(ofType(2, 3, 5, 9))
    await heard(bobsSocket, talk.targetOf(bob))
  })

  it('crosses another one without a mix-up', async () => {
    const [fromAda, fromBob] = await Promise.all([
      say(adasSocket, talk.targetOf(ada), 'of ada'),
      say(bobsSocket, talk.targetOf(bob), 'of bob'),
    ])
    const [atBob, atAda] = [await heard(bobsSocket, talk.targetOf(bob)), await heard(adasSocket, talk.targetOf(ada))]
    expect(atBob).toMatchObject({ content: 'of ada', seq: fromAda.seq, target_id: talk.targetOf(ada).id })
    expect(atAda).toMatchObject({ content: 'of bob', seq: fromBob.seq, target_id: talk.targetOf(bob).id })
    expect(Math.abs(fromAda.seq - fromBob.seq)).toBe(1)
  })

  it('waits in the history for somebody who is away', async () => {
    await bobsSocket.close()
    const ack = await say(adasSocket, talk.targetOf(ada), 'while you were away')
    bobsSocket = await connect({ token: bob.token })
    const kept = { id: ack.id, content: 'while you were away' }
    expect((await history(bob, talk.targetOf(bob))).at(-1)).toMatchObject(kept)
    await say(adasSocket, talk.targetOf(ada), 'welcome back')
    expect((await heard(bobsSocket, talk.targetOf(bob))).content).toBe('welcome back')
  })

  if (kind.kind === 'two friends') {
    it('of type 0 with a target is kept as type 2', async () => {
      const message = await heardOf({ type: 0, content: '你好', media: 0 })
      expect(message).toMatchObject({ type: 2, seq: 1, from_id: ada.id, content: '你好', media: 1 })
      expect((await history(bob, ada)).at(-1)).toMatchObject({ id: message.id, type: 2, media: 1 })
    })
  }
})
