/** Several devices of both sides, and devices that take frames in batches. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acked, heard, heardMany, say, send, texts, upTo } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { login, newcomers } from '../support/people.ts'
import { Message } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterEach(closeAll)

const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')
let adasPhone: Socket
let adasDesk: Socket
let bobsPhone: Socket
let bobsDesk: Socket
beforeEach(async () => {
  await befriend(ada, bob)
  adasPhone = await connect({ token: ada.token })
  adasDesk = await connect({ token: await login(ada.username) })
  bobsPhone = await connect({ token: bob.token })
  bobsDesk = await connect({ token: bob.token })
})

describe('several devices', () => {
  it('of the other one all get a message, and those of the sender but the one it came from', async () => {
    const ack = await say(adasPhone, bob, 'to all of them')
    const frames = [await heard(bobsPhone), await heard(bobsDesk), await heard(adasDesk)]
    for (const frame of frames) {
      expect(frame).toMatchObject({
        id: ack.id,
        seq: ack.seq,
        from_id: ada.id,
        from_user_id: ada.id,
        target_id: bob.id,
        content: 'to all of them',
        send_time: ack.send_time,
        created_at: ack.created_at,
      })
    }
    expect((await say(adasPhone, bob, 'a barrier')).duplicate).toBe(false)
    await adasPhone.none(ofType(2, 5))
    expect((await heard(adasDesk)).content).toBe('a barrier')
    await adasDesk.none(ofType(5))
    await heardMany(bobsPhone, 1)
    await heardMany(bobsDesk, 1)
  })

  it('get a message without client_msg_id as well', async () => {
    adasDesk.send({ type: 0, target_id: bob.id, content: 'from the desk', media: 0 })
    for (const device of [bobsPhone, bobsDesk, adasPhone]) {
      expect(await heard(device)).toMatchObject({ from_id: ada.id, target_id: bob.id, content: 'from the desk' })
    }
    await say(adasDesk, bob, 'a barrier')
    await adasDesk.none(ofType(2, 5))
    for (const device of [bobsPhone, bobsDesk, adasPhone]) await heard(device)
  })

  it('see one conversation when both sides write from all of them at once', async () => {
    const sends = [
      [adasPhone, bob],
      [adasDesk, bob],
      [bobsPhone, ada],
      [bobsDesk, ada],
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
      await device.none(ofType(2))
    }
  })

  it('do without one that has left', async () => {
    await bobsDesk.close()
    await say(adasPhone, bob, 'one less')
    expect((await heard(bobsPhone)).content).toBe('one less')
    expect((await heard(adasDesk)).content).toBe('one less')
  })
})

describe('a batch client', () => {
  it('gets every frame once and in order, alone or together', async () => {
    const batch = await connect({ token: bob.token, frames: 'batch' })
    const { seq } = await say(adasPhone, bob, 'a beginning')
    expect(await heard(batch)).toMatchObject({ seq })
    const ids = texts(30).map((content) => send(adasPhone, bob, content))
    for (const id of ids) await acked(adasPhone, id)
    const frames = await heardMany(batch, 30)
    expect(frames.map((frame) => frame.seq)).toEqual(upTo(30).map((step) => seq + step))
    await batch.none(ofType(2))
  })

  it('sends and is answered like any other', async () => {
    const batch = await connect({ token: bob.token, frames: 'batch' })
    const ack = await say(batch, ada, 'from a batch client')
    const message = await adasPhone.next((frame) => frame.id === ack.id)
    expect(Message.parse(message).content).toBe('from a batch client')
    await batch.ping()
  })
})

describe('a client that did not ask for batches', () => {
  it('never gets an array', async () => {
    const sends = [say(adasPhone, bob, 'a beginning'), ...texts(15).map((content) => say(bobsDesk, ada, content))]
    await Promise.all(sends)
    for (const device of [adasPhone, adasDesk, bobsPhone]) {
      await heardMany(device, 15)
      expect(device.messages.some(Array.isArray)).toBe(false)
    }
  })
})
