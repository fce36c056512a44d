/** Frame 5, and the promise that nothing is doubled. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { acked, answer, heard, heardMany, history, isMessage, say, sayInVain, send } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('$kind', ({ talk, refusal }) => {
  const { ada, bob, toAda, toBob, elsewhere, stateOf, end } = talk(beforeEach)
  const { carol } = newcomers(beforeEach, 'carol')
  let adasSocket: Socket
  let adasDesk: Socket
  let bobsSocket: Socket
  beforeEach(async () => {
    await befriend(ada, carol)
    adasSocket = await connect({ token: ada.token })
    adasDesk = await connect({ token: ada.token })
    bobsSocket = await connect({ token: bob.token })
  })

  describe('an acknowledged message', () => {
    it('is in the history at once', async () => {
      const client_msg_id = randomUUID()
      const ack = await say(adasSocket, toBob, 'stored', { client_msg_id })
      expect(ack).toMatchObject({ client_msg_id, target_id: toBob.id, duplicate: false, seq: 1 })
      expect(Math.abs(ack.send_time - ack.created_at / 1000)).toBeLessThanOrEqual(1)
      expect((await history(ada, toBob)).at(-1)).toMatchObject({ id: ack.id, seq: ack.seq, content: 'stored' })
      await heard(bobsSocket)
      await heard(adasDesk)
    })

    it('sent again gets the first answer and is neither stored nor pushed again', async () => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, toBob, 'once', { client_msg_id })
      for (const device of [adasSocket, adasDesk]) {
        expect(await say(device, toBob, 'once', { client_msg_id })).toEqual({ ...first, duplicate: true })
      }
      expect((await heard(bobsSocket)).id).toBe(first.id)
      const barrier = await say(adasSocket, toBob, 'a barrier')
      expect(barrier.seq).toBe(first.seq + 1)
      expect((await heard(bobsSocket)).id).toBe(barrier.id)
      expect((await heardMany(adasDesk, 2)).map((frame) => frame.id)).toEqual([first.id, barrier.id])
      await bobsSocket.none(isMessage)
      await adasSocket.none(isMessage)
      expect((await history(ada, toBob)).filter((row) => row.content === 'once')).toHaveLength(1)
    })

    it.each([
      ['another content', () => ({ content: 'changed', to: toBob })],
      ['another target', () => ({ content: 'original', to: carol })],
    ])('sent again with %s is a conflict', async (_title, change) => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, toBob, 'original', { client_msg_id })
      const { content, to } = change()
      await sayInVain(adasSocket, to, content, 'CONFLICT', { client_msg_id })
      expect(await say(adasSocket, toBob, 'original', { client_msg_id })).toEqual({ ...first, duplicate: true })
      expect((await heard(bobsSocket)).id).toBe(first.id)
      expect(await history(ada, carol)).toEqual([])
      expect((await history(ada, toBob)).at(-1)).toMatchObject({ id: first.id, content: 'original' })
    })

    it('sent again to the other of its id is a conflict', async () => {
      const client_msg_id = randomUUID()
      const first = await say(bobsSocket, toAda, 'original', { client_msg_id })
      await sayInVain(bobsSocket, elsewhere.toAda, 'original', 'CONFLICT', { client_msg_id })
      expect((await heard(adasDesk)).id).toBe(first.id)
    })

    it('sent again as another medium is a conflict', async () => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, toBob, 'https://example.com/1', { client_msg_id, media: 2 })
      await sayInVain(adasSocket, toBob, 'https://example.com/1', 'CONFLICT', { client_msg_id, media: 3 })
      expect((await heard(bobsSocket)).id).toBe(first.id)
      expect((await history(ada, toBob)).at(-1)).toMatchObject({ id: first.id, media: 2 })
    })

    it('is one message though it is sent five times at once, from two devices', async () => {
      const client_msg_id = randomUUID()
      const before = (await stateOf(bob)).unread_count
      const devices = [adasSocket, adasDesk, adasSocket, adasDesk, adasSocket]
      for (const device of devices) send(device, toBob, 'at once', { client_msg_id })
      const acks = await Promise.all(devices.map((device) => acked(device, toBob, client_msg_id)))
      expect(acks.map((ack) => ack.duplicate).sort()).toEqual([false, true, true, true, true])
      expect(new Set(acks.map((ack) => `${ack.id} ${ack.seq} ${ack.created_at}`)).size).toBe(1)
      expect((await history(ada, toBob)).filter((row) => row.content === 'at once')).toHaveLength(1)
      expect((await stateOf(bob)).unread_count).toBe(before + 1)
      expect((await heard(bobsSocket)).content).toBe('at once')
      await say(adasSocket, toBob, 'a barrier')
      expect((await heard(bobsSocket)).content).toBe('a barrier')
    })

    it('is one of two when two bodies are sent under one id at once', async () => {
      const client_msg_id = randomUUID()
      for (const content of ['either', 'or']) send(adasSocket, toBob, content, { client_msg_id })
      const answers = [await answer(adasSocket, client_msg_id), await answer(adasSocket, client_msg_id)]
      expect(answers.map((frame) => frame.type).sort()).toEqual([5, 9])
      expect(answers.find((frame) => frame.type === 9)).toMatchObject({ reason: 'CONFLICT', retryable: false })
      const stored = (await history(ada, toBob)).filter((row) => ['either', 'or'].includes(row.content))
      expect(stored).toHaveLength(1)
      expect((await heard(bobsSocket)).content).toBe(stored[0]?.content)
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
      for (const client_msg_id of ids) acks.push(await say(adasSocket, toBob, 'the same body', { client_msg_id }))
      expect(acks.map((ack) => ack.duplicate)).toEqual(ids.map(() => false))
      expect(acks.map((ack) => ack.client_msg_id)).toEqual(ids)
      expect(new Set(acks.map((ack) => ack.id)).size).toBe(ids.length)
      await heardMany(bobsSocket, ids.length)
    })

    it("is the sender's own", async () => {
      const client_msg_id = randomUUID()
      const mine = await say(adasSocket, toBob, 'mine', { client_msg_id })
      const theirs = await say(bobsSocket, toAda, 'theirs', { client_msg_id })
      expect(theirs).toMatchObject({ client_msg_id, duplicate: false, seq: mine.seq + 1, target_id: toAda.id })
      await heard(bobsSocket)
    })
  })

  describe('after its end', () => {
    it('a stored message still gets its first answer, and a new one is refused', async () => {
      const client_msg_id = randomUUID()
      const first = await say(adasSocket, toBob, 'while we might', { client_msg_id })
      await end()
      const resend = () => say(adasSocket, toBob, 'while we might', { client_msg_id })
      expect(await resend()).toEqual({ ...first, duplicate: true })
      const refused = await sayInVain(adasSocket, toBob, 'and now?', refusal)
      expect(refused.retryable).toBe(false)
      await sayInVain(adasSocket, toBob, 'changed', 'CONFLICT', { client_msg_id })
      expect(await resend()).toEqual({ ...first, duplicate: true })
      expect(await history(ada, toBob)).toHaveLength(1)
    })
  })
})

describe('a client_msg_id', () => {
  const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
  beforeAll(() => befriend(ada, bob))

  it.each([
    ['1 character', () => randomUUID().slice(0, 1)],
    ['64 characters', () => randomUUID().padEnd(64, 'x')],
    ['64 Chinese characters', () => '字'.repeat(32) + randomUUID().slice(0, 8).padEnd(32, '符')],
    ['digits', () => String(Date.now())],
  ])('may be of %s', async (_title, make) => {
    const client_msg_id = make()
    const socket = await connect({ token: ada.token })
    const ack = await say(socket, bob, 'a long name', { client_msg_id })
    expect(await say(socket, bob, 'a long name', { client_msg_id })).toEqual({ ...ack, duplicate: true })
  })
})
