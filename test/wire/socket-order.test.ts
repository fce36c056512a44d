/** One order: in flight together, on every device, in the history. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isLocal } from '../support/address.ts'
import { acked, heardMany, history, isMessage, send, type Target, texts, upTo } from '../support/chat.ts'
import type { Ack } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterEach(closeAll)

const bySeq = (one: { seq: number }, other: { seq: number }) => one.seq - other.seq

/** Sends all at once and returns the acks in the order of sending. */
function sendAtOnce(socket: Socket, target: Target, contents: string[]): Promise<Ack[]> {
  const ids = contents.map((content) => send(socket, target, content))
  return Promise.all(ids.map((id) => acked(socket, target, id)))
}

describe.each(kinds)('$kind', ({ talk }) => {
  const { ada, bob, toAda, toBob, stateOf } = talk(beforeEach)

  describe('fifty messages in flight', () => {
    it('have one order on every device and in the history', async () => {
      const sender = await connect({ token: ada.token })
      const devices = await Promise.all([
        connect({ token: ada.token }),
        connect({ token: bob.token }),
        connect({ token: bob.token }),
        connect({ token: bob.token, frames: 'batch' }),
      ])

      const acks = await sendAtOnce(sender, toBob, texts(50))

      const rows = await history(bob, toAda)
      expect(rows.map((row) => row.seq)).toEqual(upTo(50))
      expect([...acks].sort(bySeq).map((ack) => ack.id)).toEqual(rows.map((row) => row.id))
      const seen = rows.map(({ id, seq, content, created_at }) => ({ id, seq, content, created_at }))
      for (const device of devices) {
        const frames = await heardMany(device, 50)
        expect(frames.map(({ id, seq, content, created_at }) => ({ id, seq, content, created_at }))).toEqual(seen)
        await device.none(isMessage)
      }
      for (const key of ['id', 'created_at'] as const) {
        const values = rows.map((row) => row[key])
        expect(values).toEqual([...values].sort((one, other) => one - other))
      }
      if (isLocal) {
        expect(rows.map((row) => row.content)).toEqual(texts(50))
        expect(sender.frames.filter(ofType(5)).map((frame) => frame.seq)).toEqual(upTo(50))
      }
    }, 20_000)
  })

  describe('twenty from each side at once', () => {
    it('are forty in one order, and the history says what both saw', async () => {
      const adasSocket = await connect({ token: ada.token })
      const bobsSocket = await connect({ token: bob.token })

      const [adasAcks, bobsAcks] = await Promise.all([
        sendAtOnce(adasSocket, toBob, texts(20, 'ada')),
        sendAtOnce(bobsSocket, toAda, texts(20, 'bob')),
      ])
      const adaHeard = await heardMany(adasSocket, 20)
      const bobHeard = await heardMany(bobsSocket, 20)

      const rows = await history(ada, toBob)
      expect(await history(bob, toAda)).toEqual(rows)
      expect(rows.map((row) => row.seq)).toEqual(upTo(40))
      const ids = rows.map((row) => row.id)
      const of = (frames: { seq: number; id: number }[]) => [...frames].sort(bySeq).map((frame) => frame.id)
      expect(of([...adasAcks, ...adaHeard])).toEqual(ids)
      expect(of([...bobsAcks, ...bobHeard])).toEqual(ids)
      for (const heard of [adaHeard, bobHeard]) expect(heard).toEqual([...heard].sort(bySeq))
      expect(adaHeard.map((frame) => frame.content).sort()).toEqual(texts(20, 'bob').sort())
      expect(bobHeard.map((frame) => frame.content).sort()).toEqual(texts(20, 'ada').sort())

      const last = rows.at(-1)
      for (const person of [ada, bob]) {
        expect(await stateOf(person)).toMatchObject({ last_seq: 40, content: last?.content })
      }
    }, 20_000)
  })

  describe('one after the other', () => {
    it('each message comes after the one whose answer was awaited', async () => {
      const sender = await connect({ token: ada.token })
      const receiver = await connect({ token: bob.token })
      const from = (await stateOf(bob)).last_seq
      for (const content of texts(10, 'awaited')) await acked(sender, toBob, send(sender, toBob, content))
      const frames = await heardMany(receiver, 10)
      expect(frames.map((frame) => frame.content)).toEqual(texts(10, 'awaited'))
      expect(frames.map((frame) => frame.seq)).toEqual(upTo(10).map((step) => from + step))
    })
  })
})
