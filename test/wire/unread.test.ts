/** Unread counts, read marks and the last message, as the friend list shows them. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { say, sayAll, sayInVain, texts } from '../support/chat.ts'
import { act, befriend, friendOf } from '../support/friend.ts'
import { declined, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterEach(closeAll)

const { ada, bob, carol } = newcomers(beforeEach, 'ada', 'bob', 'carol')
let adasSocket: Socket
let bobsSocket: Socket
beforeEach(async () => {
  await Promise.all([befriend(ada, bob), befriend(carol, bob)])
  adasSocket = await connect({ token: ada.token })
  bobsSocket = await connect({ token: bob.token })
})

describe('unread', () => {
  it('counts what came from the friend, and shows the last of it', async () => {
    const acks = await sayAll(adasSocket, bob, texts(3))
    const last = { last_seq: 3, content: 'message 3', last_message_time: acks.at(-1)?.created_at }
    expect(await friendOf(bob, ada)).toMatchObject({ ...last, unread_count: 3, read_seq: 0 })
    expect(await friendOf(ada, bob)).toMatchObject({ ...last, unread_count: 0, peer_read_seq: 0 })
  })

  it('is counted for each friend apart', async () => {
    expect(await friendOf(bob, carol)).toMatchObject({ unread_count: 0, last_seq: 0, content: '' })
    await say(await connect({ token: carol.token }), bob, 'hello')
    expect(await friendOf(bob, carol)).toMatchObject({ unread_count: 1, last_seq: 1, content: 'hello' })
    expect((await friendOf(bob, ada)).unread_count).toBe(0)
  })

  it('does not count what the owner wrote', async () => {
    await sayAll(adasSocket, bob, texts(3))
    await say(bobsSocket, ada, 'message 4')
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 3, last_seq: 4, content: 'message 4' })
    expect(await friendOf(ada, bob)).toMatchObject({ unread_count: 1, last_seq: 4, content: 'message 4' })
  })

  it('does not count a message that is sent again', async () => {
    const client_msg_id = randomUUID()
    for (let time = 0; time < 3; time += 1) await say(adasSocket, bob, 'once', { client_msg_id })
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 1, last_seq: 1 })
  })

  it('does not count a message that is refused', async () => {
    await say(adasSocket, bob, 'hello')
    await sayInVain(adasSocket, carol, 'to a stranger', 'NOT_FRIENDS')
    await sayInVain(adasSocket, bob, 'x'.repeat(16_385), 'TOO_LARGE')
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 1, last_seq: 1, content: 'hello' })
  })
})

describe('mark-read', () => {
  it('zeroes the count and moves the mark, which the other side sees', async () => {
    await say(bobsSocket, ada, 'message 0')
    await sayAll(adasSocket, bob, texts(4))
    await say(await connect({ token: carol.token }), bob, 'hello')
    ok(await act(bob, 'mark-read', ada))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 5, last_seq: 5, content: 'message 4' })
    expect(await friendOf(ada, bob)).toMatchObject({ unread_count: 1, peer_read_seq: 5 })
    expect((await friendOf(bob, carol)).unread_count).toBe(1)
  })

  it('may be repeated', async () => {
    await sayAll(adasSocket, bob, texts(5))
    for (let time = 0; time < 2; time += 1) ok(await act(bob, 'mark-read', ada))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 5 })
  })

  it('may come before the first message', async () => {
    await befriend(ada, carol)
    ok(await act(ada, 'mark-read', carol))
    expect(await friendOf(ada, carol)).toMatchObject({ unread_count: 0, read_seq: 0, last_seq: 0 })
  })

  it('is refused for somebody who is no friend', async () => {
    refused(await act(ada, 'mark-read', nobody), declined)
    refused(await act(ada, 'mark-read', ada), declined)
  })

  it('lets the next message count again', async () => {
    await sayAll(adasSocket, bob, texts(5))
    ok(await act(bob, 'mark-read', ada))
    await say(adasSocket, bob, 'message 6')
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 1, read_seq: 5, last_seq: 6 })
  })
})

describe('many messages', () => {
  it('are counted exactly, from both sides at once', async () => {
    await sayAll(adasSocket, bob, texts(6))
    for (const [owner, friend] of [
      [bob, ada],
      [ada, bob],
    ] as const) {
      ok(await act(owner, 'mark-read', friend))
    }
    const [fromAda, fromBob] = await Promise.all([
      sayAll(adasSocket, bob, texts(60, 'ada')),
      sayAll(bobsSocket, ada, texts(40, 'bob')),
    ])
    const last = [...fromAda, ...fromBob].reduce((latest, ack) => (ack.seq > latest.seq ? ack : latest))
    const shown = { last_seq: 106, last_message_time: last.created_at }
    expect(last.seq).toBe(106)
    expect(await friendOf(bob, ada)).toMatchObject({ ...shown, unread_count: 60, read_seq: 6, peer_read_seq: 6 })
    expect(await friendOf(ada, bob)).toMatchObject({ ...shown, unread_count: 40, read_seq: 6, peer_read_seq: 6 })
  }, 20_000)

  it('stay exact while marks are set between them', async () => {
    await sayAll(adasSocket, bob, texts(6))
    const sending = sayAll(adasSocket, bob, texts(40, 'more'), 10)
    for (let time = 0; time < 5; time += 1) ok(await act(bob, 'mark-read', ada))
    await sending
    const { read_seq, last_seq, unread_count } = await friendOf(bob, ada)
    expect(last_seq).toBe(46)
    expect(read_seq).toBeGreaterThanOrEqual(6)
    expect(unread_count).toBe(last_seq - read_seq)
    ok(await act(bob, 'mark-read', ada))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 46 })
  }, 20_000)
})
