/** Unread counts, read marks and the last message: as the friend list shows them, and as sync tells them of a group. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { say, sayAll, sayInVain, texts } from '../support/chat.ts'
import { act, befriend, friendOf } from '../support/friend.ts'
import { declined, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('$kind', ({ talk, isGroup, refusal }) => {
  const { ada, bob, toAda, toBob, stateOf, markRead } = talk(beforeEach)
  const { carol } = newcomers(beforeEach, 'carol')
  let adasSocket: Socket
  let bobsSocket: Socket
  beforeEach(async () => {
    await befriend(carol, bob)
    adasSocket = await connect({ token: ada.token })
    bobsSocket = await connect({ token: bob.token })
  })

  /** How far the other one has read, which is told of a friend alone. */
  const peerAt = (seq: number) => (isGroup ? {} : { peer_read_seq: seq })

  describe('unread', () => {
    it('counts what came from the friend, and shows the last of it', async () => {
      const acks = await sayAll(adasSocket, toBob, texts(3))
      const last = { last_seq: 3, content: 'message 3', last_message_time: acks.at(-1)?.created_at }
      expect(await stateOf(bob)).toMatchObject({ ...last, unread_count: 3, read_seq: 0 })
      expect(await stateOf(ada)).toMatchObject({ ...last, unread_count: 0, ...peerAt(0) })
    })

    it('is counted for each conversation apart', async () => {
      expect(await friendOf(bob, carol)).toMatchObject({ unread_count: 0, last_seq: 0, content: '' })
      await say(await connect({ token: carol.token }), bob, 'hello')
      expect(await friendOf(bob, carol)).toMatchObject({ unread_count: 1, last_seq: 1, content: 'hello' })
      expect((await stateOf(bob)).unread_count).toBe(0)
    })

    it('does not count what the owner wrote', async () => {
      await sayAll(adasSocket, toBob, texts(3))
      await say(bobsSocket, toAda, 'message 4')
      expect(await stateOf(bob)).toMatchObject({ unread_count: 3, last_seq: 4, content: 'message 4' })
      expect(await stateOf(ada)).toMatchObject({ unread_count: 1, last_seq: 4, content: 'message 4' })
    })

    it('does not count a message that is sent again', async () => {
      const client_msg_id = randomUUID()
      for (let time = 0; time < 3; time += 1) await say(adasSocket, toBob, 'once', { client_msg_id })
      expect(await stateOf(bob)).toMatchObject({ unread_count: 1, last_seq: 1 })
    })

    it('does not count a message that is refused', async () => {
      await say(adasSocket, toBob, 'hello')
      await sayInVain(adasSocket, { ...toBob, id: carol.id }, 'to a stranger', refusal)
      await sayInVain(adasSocket, toBob, 'x'.repeat(16_385), 'TOO_LARGE')
      expect(await stateOf(bob)).toMatchObject({ unread_count: 1, last_seq: 1, content: 'hello' })
    })
  })

  describe('a mark', () => {
    it('zeroes the count and moves the mark, which the other side sees', async () => {
      await say(bobsSocket, toAda, 'message 0')
      await sayAll(adasSocket, toBob, texts(4))
      await say(await connect({ token: carol.token }), bob, 'hello')
      await markRead(bob)
      expect(await stateOf(bob)).toMatchObject({ unread_count: 0, read_seq: 5, last_seq: 5, content: 'message 4' })
      expect(await stateOf(ada)).toMatchObject({ unread_count: 1, ...peerAt(5) })
      expect((await friendOf(bob, carol)).unread_count).toBe(1)
    })

    it('may be repeated', async () => {
      await sayAll(adasSocket, toBob, texts(5))
      for (let time = 0; time < 2; time += 1) await markRead(bob)
      expect(await stateOf(bob)).toMatchObject({ unread_count: 0, read_seq: 5 })
    })

    it('may come before the first message', async () => {
      await markRead(ada)
      expect(await stateOf(ada)).toMatchObject({ unread_count: 0, read_seq: 0, last_seq: 0 })
    })

    it('lets the next message count again', async () => {
      await sayAll(adasSocket, toBob, texts(5))
      await markRead(bob)
      await say(adasSocket, toBob, 'message 6')
      expect(await stateOf(bob)).toMatchObject({ unread_count: 1, read_seq: 5, last_seq: 6 })
    })
  })

  describe('many messages', () => {
    it('are counted exactly, from both sides at once', async () => {
      await sayAll(adasSocket, toBob, texts(6))
      for (const reader of [bob, ada]) await markRead(reader)
      const [fromAda, fromBob] = await Promise.all([
        sayAll(adasSocket, toBob, texts(60, 'ada')),
        sayAll(bobsSocket, toAda, texts(40, 'bob')),
      ])
      const last = [...fromAda, ...fromBob].reduce((latest, ack) => (ack.seq > latest.seq ? ack : latest))
      const shown = { last_seq: 106, last_message_time: last.created_at }
      expect(last.seq).toBe(106)
      expect(await stateOf(bob)).toMatchObject({ ...shown, unread_count: 60, read_seq: 6, ...peerAt(6) })
      expect(await stateOf(ada)).toMatchObject({ ...shown, unread_count: 40, read_seq: 6, ...peerAt(6) })
    }, 20_000)

    it('stay exact while marks are set between them', async () => {
      await sayAll(adasSocket, toBob, texts(6))
      const sending = sayAll(adasSocket, toBob, texts(40, 'more'), 10)
      for (let time = 0; time < 5; time += 1) await markRead(bob)
      await sending
      const { read_seq, last_seq, unread_count } = await stateOf(bob)
      expect(last_seq).toBe(46)
      expect(read_seq).toBeGreaterThanOrEqual(6)
      expect(unread_count).toBe(last_seq - read_seq)
      await markRead(bob)
      expect(await stateOf(bob)).toMatchObject({ unread_count: 0, read_seq: 46 })
    }, 20_000)
  })
})

describe('mark-read, which is for friends alone', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it('is refused for somebody who is no friend', async () => {
    refused(await act(ada, 'mark-read', nobody), declined)
    refused(await act(ada, 'mark-read', ada), declined)
  })
})
