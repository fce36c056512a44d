/** Several devices of both sides, and devices that take frames in batches. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acked, heard, heardMany, say, send, texts, upTo } from '../support/chat.ts'
import { login } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob } = talk
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
      const ack = await say(adasPhone, talk.targetOf(ada), 'to all of them')
      const frames = [
        await heard(bobsPhone, talk.targetOf(bob)),
        await heard(bobsDesk, talk.targetOf(bob)),
        await heard(adasDesk, talk.targetOf(bob)),
      ]
      for (const frame of frames) {
        expect(frame).toMatchObject({
          id: ack.id,
          seq: ack.seq,
          from_id: ada.id,
          from_user_id: ada.id,
          target_id: talk.targetOf(ada).id,
          content: 'to all of them',
          send_time: ack.send_time,
          created_at: ack.created_at,
        })
      }
      expect((await say(adasPhone, talk.targetOf(ada), 'a barrier')).duplicate).toBe(false)
      await adasPhone.none(ofType(2, 3, 5))
      expect((await heard(adasDesk, talk.targetOf(bob))).content).toBe('a barrier')
      await adasDesk.none(ofType(5))
      await heardMany(bobsPhone, 1, talk.targetOf(bob))
      await heardMany(bobsDesk, 1, talk.targetOf(bob))
    })

    it('get a message without client_msg_id as well', async () => {
      const { id: target_id, chat_type: type = 2 } = talk.targetOf(ada)
      adasDesk.send({ type, target_id, content: 'from the desk' })
      for (const device of [bobsPhone, bobsDesk, adasPhone]) {
        expect(await heard(device, talk.targetOf(bob))).toMatchObject({
          from_id: ada.id,
          target_id,
          content: 'from the desk',
        })
      }
      await say(adasDesk, talk.targetOf(ada), 'a barrier')
      await adasDesk.none(ofType(2, 3, 5))
      for (const device of [bobsPhone, bobsDesk, adasPhone]) await heard(device, talk.targetOf(bob))
    })

    it('see one conversation when both sides write from all of them at once', async () => {
      const sends = [
        [adasPhone, ada],
        [adasDesk, ada],
        [bobsPhone, bob],
        [bobsDesk, bob],
      ] as const
      const acks = await Promise.all(
        sends.flatMap(([device, sender], index) =>
          texts(5, `device ${index}`).map((content) => say(device, talk.targetOf(sender), content)),
        ),
      )
      expect(new Set(acks.map((ack) => ack.seq)).size).toBe(20)
      for (const [device] of sends) {
        const frames = await heardMany(device, 15, talk.targetOf(bob))
        const seqs = frames.map((frame) => frame.seq)
        expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
        await device.none(ofType(2, 3))
      }
    })

    it('do without one that has left', async () => {
      await bobsDesk.close()
      await say(adasPhone, talk.targetOf(ada), 'one less')
      expect((await heard(bobsPhone, talk.targetOf(bob))).content).toBe('one less')
      expect((await heard(adasDesk, talk.targetOf(bob))).content).toBe('one less')
    })
  })

  describe('a batch client', () => {
    it('gets every frame once and in order, alone or together', async () => {
      const batch = await connect({ token: bob.token, frames: 'batch' })
      const { seq } = await say(adasPhone, talk.targetOf(ada), 'a beginning')
      expect(await heard(batch, talk.targetOf(bob))).toMatchObject({ seq })
      const ids = texts(30).map((content) => send(adasPhone, talk.targetOf(ada), content))
      for (const id of ids) await acked(adasPhone, id, talk.targetOf(ada))
      const frames = await heardMany(batch, 30, talk.targetOf(bob))
      expect(frames.map((frame) => frame.seq)).toEqual(upTo(30).map((step) => seq + step))
      await batch.none(ofType(2, 3))
    })

    it('sends and is answered like any other', async () => {
      const batch = await connect({ token: bob.token, frames: 'batch' })
      const ack = await say(batch, talk.targetOf(bob), 'from a batch client')
      expect(await heard(adasPhone, talk.targetOf(ada))).toMatchObject({ id: ack.id, content: 'from a batch client' })
      await batch.ping()
    })
  })

  describe('a client that did not ask for batches', () => {
    it('never gets an array', async () => {
      const sends = [
        say(adasPhone, talk.targetOf(ada), 'a beginning'),
        ...texts(15).map((content) => say(bobsDesk, talk.targetOf(bob), content)),
      ]
      await Promise.all(sends)
      for (const device of [adasPhone, adasDesk, bobsPhone]) {
        await heardMany(device, 15, talk.targetOf(bob))
        expect(device.messages.some(Array.isArray)).toBe(false)
      }
    })
  })
})
