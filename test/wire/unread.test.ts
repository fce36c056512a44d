/** Unread counts, read marks and the last message, as lists of friends and of groups show them. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { named, say, sayAll, sayInVain, texts } from '../support/chat.ts'
import { act, befriend, friendOf } from '../support/friend.ts'
import { declined, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob, eve } = talk
  let adas: Socket
  let bobs: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
  })

  /** Bob marks as read, and ada is told of it. */
  async function mark(seq: number): Promise<void> {
    bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq })
    await adas.next((frame) => frame.type === 6 && frame.seq === seq)
  }

  describe('unread', () => {
    it('counts what came from the other one, and shows the last of it', async () => {
      const acks = await sayAll(adas, talk.targetOf(ada), texts(3))
      const last = { last_seq: 3, content: 'message 3', last_message_time: acks.at(-1)?.created_at }
      expect(await talk.stateOf(bob)).toMatchObject({ ...last, unread_count: 3, read_seq: 0 })
      expect(await talk.stateOf(ada)).toMatchObject({ ...last, unread_count: 0, read_seq: 0 })
    })

    it('does not count what the reader wrote', async () => {
      await sayAll(adas, talk.targetOf(ada), texts(3))
      await say(bobs, talk.targetOf(bob), 'message 4')
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 3, last_seq: 4, content: 'message 4' })
      expect(await talk.stateOf(ada)).toMatchObject({ unread_count: 1, last_seq: 4, content: 'message 4' })
    })

    it('does not count a message that is sent again', async () => {
      const client_msg_id = randomUUID()
      for (let time = 0; time < 3; time += 1) await say(adas, talk.targetOf(ada), 'once', { client_msg_id })
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1, last_seq: 1 })
    })

    it('does not count a message that is refused', async () => {
      await say(adas, talk.targetOf(ada), 'hello')
      await sayInVain(await connect({ token: eve.token }), talk.targetOf(ada), 'of a stranger', kind.refusal)
      await sayInVain(adas, talk.targetOf(ada), 'x'.repeat(16_385), 'TOO_LARGE')
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1, last_seq: 1, content: 'hello' })
    })

    it('is counted apart from what the same people say elsewhere', async () => {
      await befriend(eve, bob)
      await say(await connect({ token: eve.token }), bob, 'hello')
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 0, last_seq: 0, content: '' })
      expect(await friendOf(bob, eve)).toMatchObject({ unread_count: 1, last_seq: 1, content: 'hello' })
    })
  })

  describe('a mark', () => {
    it('takes what is up to it off the count, and what comes later counts again', async () => {
      await say(bobs, talk.targetOf(bob), 'message 0')
      await sayAll(adas, talk.targetOf(ada), texts(4))
      await mark(3)
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 2, read_seq: 3, last_seq: 5 })
      await mark(5)
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 0, read_seq: 5, content: 'message 4' })
      expect(await talk.stateOf(ada)).toMatchObject({ unread_count: 1, read_seq: 0 })
      await say(adas, talk.targetOf(ada), 'message 6')
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1, read_seq: 5, last_seq: 6 })
    })
  })

  describe('many messages', () => {
    it('are counted exactly, from both sides at once', async () => {
      await sayAll(adas, talk.targetOf(ada), texts(6))
      await mark(6)
      const [fromAda, fromBob] = await Promise.all([
        sayAll(adas, talk.targetOf(ada), texts(60, 'ada')),
        sayAll(bobs, talk.targetOf(bob), texts(40, 'bob')),
      ])
      const last = [...fromAda, ...fromBob].reduce((latest, ack) => (ack.seq > latest.seq ? ack : latest))
      const shown = { last_seq: 106, last_message_time: last.created_at }
      expect(last.seq).toBe(106)
      expect(await talk.stateOf(bob)).toMatchObject({ ...shown, unread_count: 60, read_seq: 6 })
      expect(await talk.stateOf(ada)).toMatchObject({ ...shown, unread_count: 40, read_seq: 0 })
    }, 20_000)

    it('stay exact while marks are set between them', async () => {
      await sayAll(adas, talk.targetOf(ada), texts(6))
      const sending = sayAll(adas, talk.targetOf(ada), texts(40, 'more'), 10)
      for (const seq of [2, 4, 6]) await mark(seq)
      await sending
      const { read_seq, last_seq, unread_count } = await talk.stateOf(bob)
      expect({ read_seq, last_seq, unread_count }).toEqual({ read_seq: 6, last_seq: 46, unread_count: 40 })
      await mark(46)
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 0, read_seq: 46 })
    }, 20_000)
  })
})

describe('mark-read', () => {
  const { ada, bob, carol } = newcomers(beforeEach, 'ada', 'bob', 'carol')
  let adas: Socket
  beforeEach(async () => {
    await Promise.all([befriend(ada, bob), befriend(carol, bob)])
    adas = await connect({ token: ada.token })
  })

  it('zeroes the count and moves the mark, which the other side sees', async () => {
    await say(await connect({ token: bob.token }), ada, 'message 0')
    await sayAll(adas, bob, texts(4))
    await say(await connect({ token: carol.token }), bob, 'hello')
    ok(await act(bob, 'mark-read', ada))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 5, last_seq: 5, content: 'message 4' })
    expect(await friendOf(ada, bob)).toMatchObject({ unread_count: 1, peer_read_seq: 5 })
    expect((await friendOf(bob, carol)).unread_count).toBe(1)
  })

  it('may be repeated', async () => {
    await sayAll(adas, bob, texts(5))
    for (let time = 0; time < 2; time += 1) ok(await act(bob, 'mark-read', ada))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 5 })
  })

  it('may come before the first message', async () => {
    ok(await act(bob, 'mark-read', carol))
    expect(await friendOf(bob, carol)).toMatchObject({ unread_count: 0, read_seq: 0, last_seq: 0, content: '' })
  })

  it('is refused for somebody who is no friend', async () => {
    refused(await act(ada, 'mark-read', nobody), declined)
    refused(await act(ada, 'mark-read', ada), declined)
  })

  it('may be said while the other one writes', async () => {
    const sending = sayAll(adas, bob, texts(40, 'more'), 10)
    for (let time = 0; time < 5; time += 1) ok(await act(bob, 'mark-read', ada))
    await sending
    const { read_seq, last_seq, unread_count } = await friendOf(bob, ada)
    expect(last_seq).toBe(40)
    expect(unread_count).toBe(last_seq - read_seq)
    ok(await act(bob, 'mark-read', ada))
    expect(await friendOf(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 40 })
  }, 20_000)
})
