/** Frame 5, and the promise that nothing is doubled. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acked, answer, heard, heardMany, history, otherKind, say, sayInVain, send } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob, eve } = talk
  let adasSocket: Socket
  let adasDesk: Socket
  let bobsSocket: Socket
  beforeEach(async () => {
    adasSocket = await connect({ token: ada.token })
    adasDesk = await connect({ token: ada.token })
    bobsSocket = await connect({ token: bob.token })
  })

  describe('an acknowledged message', () => {
    it('is in the history at once', async () => {
      const client_msg_id = randomUUID()
      const ack = await say(adasSocket, talk.targetOf(ada), 'stored', { client_msg_id })
      expect(ack).toMatchObject({ client_msg_id, target_id: talk.targetOf(ada).id, duplicate: false, seq: 1 })
      expect(Math.abs(ack.send_time - ack.created_at / 1000)).toBeLessThanOrEqual(1)
      expect((await history(ada, talk.targetOf(ada))).at(-1)).toMatchObject({
        id: ack.id,
        seq: ack.seq,
        content: 'stored',
      })
      await heard(bobsSocket, talk.targetOf(bob))
      await heard(adasDesk, talk.targetOf(ada))
    })

    it('sent again gets the first answer and is neither stored nor pushed again', async () => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, talk.targetOf(ada), 'once', { client_msg_id })
      for (const device of [adasSocket, adasDesk]) {
        expect(await say(device, talk.targetOf(ada), 'once', { client_msg_id })).toEqual({ ...first, duplicate: true })
      }
      expect((await heard(bobsSocket, talk.targetOf(bob))).id).toBe(first.id)
      const barrier = await say(adasSocket, talk.targetOf(ada), 'a barrier')
      expect(barrier.seq).toBe(first.seq + 1)
      expect((await heard(bobsSocket, talk.targetOf(bob))).id).toBe(barrier.id)
      expect((await heardMany(adasDesk, 2, talk.targetOf(ada))).map((frame) => frame.id)).toEqual([
        first.id,
        barrier.id,
      ])
      await bobsSocket.none(ofType(2, 3))
      await adasSocket.none(ofType(2, 3))
      expect((await history(ada, talk.targetOf(ada))).filter((row) => row.content === 'once')).toHaveLength(1)
    })

    it.each([
      ['another content', () => ({ target: talk.targetOf(ada), content: 'changed' })],
      ['another target', () => ({ target: eve, content: 'original' })],
      // Between friends to a group of the friend's id, in a group to the user of the group's id.
      ['the same id as another kind', () => ({ target: otherKind(talk.targetOf(ada)), content: 'original' })],
    ])('sent again with %s is a conflict', async (_title, change) => {
      await befriend(ada, eve)
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, talk.targetOf(ada), 'original', { client_msg_id })
      const { target, content } = change()
      await sayInVain(adasSocket, target, content, 'CONFLICT', { client_msg_id })
      expect(await say(adasSocket, talk.targetOf(ada), 'original', { client_msg_id })).toEqual({
        ...first,
        duplicate: true,
      })
      expect((await heard(bobsSocket, talk.targetOf(bob))).id).toBe(first.id)
      expect(await history(ada, eve)).toEqual([])
      expect((await history(ada, talk.targetOf(ada))).at(-1)).toMatchObject({ id: first.id, content: 'original' })
    })

    it('sent again as another medium is a conflict', async () => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, talk.targetOf(ada), 'https://example.com/1', { client_msg_id, media: 2 })
      await sayInVain(adasSocket, talk.targetOf(ada), 'https://example.com/1', 'CONFLICT', { client_msg_id, media: 3 })
      expect((await heard(bobsSocket, talk.targetOf(bob))).id).toBe(first.id)
      expect((await history(ada, talk.targetOf(ada))).at(-1)).toMatchObject({ id: first.id, media: 2 })
    })

    it('is one message though it is sent five times at once, from two devices', async () => {
      const client_msg_id = randomUUID()
      const devices = [adasSocket, adasDesk, adasSocket, adasDesk, adasSocket]
      for (const device of devices) send(device, talk.targetOf(ada), 'at once', { client_msg_id })
      const acks = await Promise.all(devices.map((device) => acked(device, client_msg_id, talk.targetOf(ada))))
      expect(acks.map((ack) => ack.duplicate).sort()).toEqual([false, true, true, true, true])
      expect(new Set(acks.map((ack) => `${ack.id} ${ack.seq} ${ack.created_at}`)).size).toBe(1)
      expect((await history(ada, talk.targetOf(ada))).filter((row) => row.content === 'at once')).toHaveLength(1)
      expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1 })
      expect((await heard(bobsSocket, talk.targetOf(bob))).content).toBe('at once')
      await say(adasSocket, talk.targetOf(ada), 'a barrier')
      expect((await heard(bobsSocket, talk.targetOf(bob))).content).toBe('a barrier')
    })

    it('is one of two when two bodies are sent under one id at once', async () => {
      const client_msg_id = randomUUID()
      for (const content of ['either', 'or']) send(adasSocket, talk.targetOf(ada), content, { client_msg_id })
      const answers = [await answer(adasSocket, client_msg_id), await answer(adasSocket, client_msg_id)]
      expect(answers.map((frame) => frame.type).sort()).toEqual([5, 9])
      expect(answers.find((frame) => frame.type === 9)).toMatchObject({ reason: 'CONFLICT', retryable: false })
      const stored = (await history(ada, talk.targetOf(ada))).filter((row) => ['either', 'or'].includes(row.content))
      expect(stored).toHaveLength(1)
      expect((await heard(bobsSocket, talk.targetOf(bob))).content).toBe(stored[0]?.content)
    })
  })

  describe('a client_msg_id', () => {
    it('is compared byte by byte', async () => {
      const mark = randomUUID().slice(0, 8)
      const ids = [
        `${mark}a`,
        `${mark}A`,
        `${mark}a `,
        ` ${mark}a`,
        `${mark}é`,
        `${mark}e\u0301`,
        `${mark}e`,
        `${mark}ａ`,
      ]
      const acks = []
      for (const client_msg_id of ids)
        acks.push(await say(adasSocket, talk.targetOf(ada), 'the same body', { client_msg_id }))
      expect(acks.map((ack) => ack.duplicate)).toEqual(ids.map(() => false))
      expect(acks.map((ack) => ack.client_msg_id)).toEqual(ids)
      expect(new Set(acks.map((ack) => ack.id)).size).toBe(ids.length)
      await heardMany(bobsSocket, ids.length, talk.targetOf(bob))
    })

    it("is the sender's own", async () => {
      const client_msg_id = randomUUID()
      const mine = await say(adasSocket, talk.targetOf(ada), 'mine', { client_msg_id })
      const theirs = await say(bobsSocket, talk.targetOf(bob), 'theirs', { client_msg_id })
      expect(theirs).toMatchObject({
        client_msg_id,
        duplicate: false,
        seq: mine.seq + 1,
        target_id: talk.targetOf(bob).id,
      })
      await heard(bobsSocket, talk.targetOf(bob))
    })

    it.each([
      ['1 character', () => randomUUID().slice(0, 1)],
      ['64 characters', () => randomUUID().padEnd(64, 'x')],
      ['64 Chinese characters', () => '字'.repeat(32) + randomUUID().slice(0, 8).padEnd(32, '符')],
      ['digits', () => String(Date.now())],
    ])('may be of %s', async (_title, make) => {
      const client_msg_id = make()
      const ack = await say(adasSocket, talk.targetOf(ada), 'a long name', { client_msg_id })
      expect(await say(adasSocket, talk.targetOf(ada), 'a long name', { client_msg_id })).toEqual({
        ...ack,
        duplicate: true,
      })
    })
  })

  describe('after it has ended', () => {
    it('a stored message still gets its first answer, and a new one is refused', async () => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, talk.targetOf(ada), 'while we could', { client_msg_id })
      await talk.end()
      const resend = () => say(adasSocket, talk.targetOf(ada), 'while we could', { client_msg_id })
      expect(await resend()).toEqual({ ...first, duplicate: true })
      const refusal = await sayInVain(adasSocket, talk.targetOf(ada), 'and now?', kind.refusal)
      expect(refusal.retryable).toBe(false)
      await sayInVain(adasSocket, talk.targetOf(ada), 'changed', 'CONFLICT', { client_msg_id })
      expect(await resend()).toEqual({ ...first, duplicate: true })
      expect(await history(ada, talk.targetOf(ada))).toHaveLength(1)
    })
  })
})
