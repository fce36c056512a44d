/** Several devices of both sides, and devices that take frames in batches. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acked, heard, heardMany, isMessage, say, send, texts, upTo } from '../support/chat.ts'
import { login } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('$kind', ({ talk }) => {
  const { ada, bob, toAda, toBob } = talk(beforeEach)
  let adasPhone: Socket
  let adasDesk: Socket
  let bobsPhone: Socket
  let bobsDesk: Socket
  beforeEach(async () => {
    adasPhone = await connect({ token: ada.token })
    adasDesk = await connect({ token: await login(ada.username) })
    bobsPhone = await connect({ token: bob.token })
    bobsDesk = await connect({ token: bob.token })
  })

  describe('several devices', () => {
    it('of the other one all get a message, and those of the sender but the one it came from', async () => {
      const ack = await say(adasPhone, toBob, 'to all of them')
      const frames = [await heard(bobsPhone), await heard(bobsDesk), await heard(adasDesk)]
      for (const frame of frames) {
        expect(frame).toMatchObject({
          id: ack.id,
          seq: ack.seq,
          from_id: ada.id,
          from_user_id: ada.id,
          target_id: toBob.id,
          content: 'to all of them',
          send_time: ack.send_time,
          created_at: ack.created_at,
        })
      }
      expect((await say(adasPhone, toBob, 'a barrier')).duplicate).toBe(false)
      await adasPhone.none(ofType(2, 3, 5))
      expect((await heard(adasDesk)).content).toBe('a barrier')
      await adasDesk.none(ofType(5))
      await heardMany(bobsPhone, 1)
      await heardMany(bobsDesk, 1)
    })

    it('get a message without client_msg_id as well', async () => {
      adasDesk.send({ type: toBob.chat_type ?? 0, target_id: toBob.id, content: 'from the desk', media: 0 })
      for (const device of [bobsPhone, bobsDesk, adasPhone]) {
        expect(await heard(device)).toMatchObject({ from_id: ada.id, target_id: toBob.id, content: 'from the desk' })
      }
      await say(adasDesk, toBob, 'a barrier')
      await adasDesk.none(ofType(2, 3, 5))
      for (const device of [bobsPhone, bobsDesk, adasPhone]) await heard(device)
    })

    it('see one conversation when both sides write from all of them at once', async () => {
      const sends = [
        [adasPhone, toBob],
        [adasDesk, toBob],
        [bobsPhone, toAda],
        [bobsDesk, toAda],
      ] as const
      const acks = await Promise.all(
        sends.flatMap(([device, target], index) =>
          texts(5, `device ${index}`).map((content) => say(device, target, content)),
        ),
      )
      expect(new Set(acks.map((ack) => ack.seq)).size).toBe(20)
      for (const [device] of sends) {
        const frames = await heardMany(device, 15)
        const seqs = frames.map((frame) => frame.seq)
        expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
        await device.none(isMessage)
      }
    })

    it('do without one that has left', async () => {
      await bobsDesk.close()
      await say(adasPhone, toBob, 'one less')
      expect((await heard(bobsPhone)).content).toBe('one less')
      expect((await heard(adasDesk)).content).toBe('one less')
    })
  })

  describe('a batch client', () => {
    it('gets every frame once and in order, alone or together', async () => {
      const batch = await connect({ token: bob.token, frames: 'batch' })
      const { seq } = await say(adasPhone, toBob, 'a beginning')
      expect(await heard(batch)).toMatchObject({ seq })
      const ids = texts(30).map((content) => send(adasPhone, toBob, content))
      for (const id of ids) await acked(adasPhone, toBob, id)
      const frames = await heardMany(batch, 30)
      expect(frames.map((frame) => frame.seq)).toEqual(upTo(30).map((step) => seq + step))
      await batch.none(isMessage)
    })

    it('sends and is answered like any other', async () => {
      const batch = await connect({ token: bob.token, frames: 'batch' })
      const ack = await say(batch, toAda, 'from a batch client')
      expect(await heard(adasPhone)).toMatchObject({ id: ack.id, content: 'from a batch client' })
      await batch.ping()
    })
  })

  describe('a client that did not ask for batches', () => {
    it('never gets an array', async () => {
      const sends = [say(adasPhone, toBob, 'a beginning'), ...texts(15).map((content) => say(bobsDesk, toAda, content))]
      await Promise.all(sends)
      for (const device of [adasPhone, adasDesk, bobsPhone]) {
        await heardMany(device, 15)
        expect(device.messages.some(Array.isArray)).toBe(false)
      }
    })
  })
})
