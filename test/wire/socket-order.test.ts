/** One order: in flight together, on every device, in the history. */
import { afterEach, describe, expect, it } from 'vitest'
import { isLocal } from '../support/address.ts'
import { acked, heardMany, history, send, type Target, texts, upTo } from '../support/chat.ts'
import type { Ack } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

const bySeq = (one: { seq: number }, other: { seq: number }) => one.seq - other.seq

/** Sends all at once and returns the acks in the order of sending. */
function sendAtOnce(socket: Socket, target: Target, contents: string[]): Promise<Ack[]> {
  const ids = contents.map((content) => send(socket, target, content))
  return Promise.all(ids.map((id) => acked(socket, id, target)))
}

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob } = talk

  it('fifty messages in flight have one order on every device and in the history', async () => {
    const sender = await connect({ token: ada.token })
    const devices = await Promise.all([
      connect({ token: ada.token }),
      connect({ token: bob.token }),
      connect({ token: bob.token }),
      connect({ token: bob.token, frames: 'batch' }),
    ])

    const acks = await sendAtOnce(sender, talk.targetOf(ada), texts(50))

    const rows = await history(bob, talk.targetOf(bob))
    expect(rows.map((row) => row.seq)).toEqual(upTo(50))
    expect([...acks].sort(bySeq).map((ack) => ack.id)).toEqual(rows.map((row) => row.id))
    const seen = rows.map(({ id, seq, content, created_at }) => ({ id, seq, content, created_at }))
    for (const device of devices) {
      const frames = await heardMany(device, 50, talk.targetOf(bob))
      expect(frames.map(({ id, seq, content, created_at }) => ({ id, seq, content, created_at }))).toEqual(seen)
      await device.none(ofType(2, 3))
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

  it('twenty from each side at once are forty in one order, and the history says what both saw', async () => {
    const bobsSocket = await connect({ token: bob.token })
    const adasSocket = await connect({ token: ada.token })

    const [bobsAcks, adasAcks] = await Promise.all([
      sendAtOnce(bobsSocket, talk.targetOf(bob), texts(20, 'bob')),
      sendAtOnce(adasSocket, talk.targetOf(ada), texts(20, 'ada')),
    ])
    const bobHeard = await heardMany(bobsSocket, 20, talk.targetOf(bob))
    const adaHeard = await heardMany(adasSocket, 20, talk.targetOf(ada))

    const rows = await history(bob, talk.targetOf(bob))
    expect(await history(ada, talk.targetOf(ada))).toEqual(rows)
    expect(rows.map((row) => row.seq)).toEqual(upTo(40))
    const ids = rows.map((row) => row.id)
    const of = (frames: { seq: number; id: number }[]) => [...frames].sort(bySeq).map((frame) => frame.id)
    expect(of([...bobsAcks, ...bobHeard])).toEqual(ids)
    expect(of([...adasAcks, ...adaHeard])).toEqual(ids)
    for (const heard of [bobHeard, adaHeard]) expect(heard).toEqual([...heard].sort(bySeq))
    expect(bobHeard.map((frame) => frame.content).sort()).toEqual(texts(20, 'ada').sort())
    expect(adaHeard.map((frame) => frame.content).sort()).toEqual(texts(20, 'bob').sort())

    const last = rows.at(-1)
    for (const reader of [ada, bob]) {
      expect(await talk.stateOf(reader)).toMatchObject({ last_seq: 40, content: last?.content })
    }
  }, 20_000)

  it('each message comes after the one whose answer was awaited', async () => {
    const sender = await connect({ token: ada.token })
    const receiver = await connect({ token: bob.token })
    for (const content of texts(10, 'awaited'))
      await acked(sender, send(sender, talk.targetOf(ada), content), talk.targetOf(ada))
    const frames = await heardMany(receiver, 10, talk.targetOf(bob))
    expect(frames.map((frame) => frame.content)).toEqual(texts(10, 'awaited'))
    expect(frames.map((frame) => frame.seq)).toEqual(upTo(10))
  })
})
