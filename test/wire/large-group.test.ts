/** Groups of more than 500, whose messages reach their members by way of a second topic. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acked, heard, say, send, texts, upTo } from '../support/chat.ts'
import { actIn, create, entitle, joined } from '../support/group.ts'
import { ok } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import type { GroupInfo } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { databaseUrl, fill } from '../support/written-group.ts'

afterEach(closeAll)

const contentsOf = ({ frames }: Socket): unknown[] =>
  frames.filter((frame) => frame.type === 3 && frame.from_id !== 0).map(({ content }) => content)

describe.skipIf(!databaseUrl)('in a group of more than 500', () => {
  const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
  let group: GroupInfo
  beforeEach(async () => {
    group = await create(ada, 'A crowd')
    for (const one of [bob, carol]) await entitle(ada, group, one, 3)
    await fill(group, 500)
  })

  it('each message reaches all devices of all members, in order, once, and none else', async () => {
    const phone = await connect({ token: ada.token })
    const others = [
      await connect({ token: ada.token }),
      await connect({ token: bob.token }),
      await connect({ token: carol.token }),
    ]
    const [tablet, eves] = [await connect({ token: bob.token, frames: 'batch' }), await connect({ token: eve.token })]
    const contents = texts(30)
    const sent = contents.map((content) => send(phone, joined(group), content))
    await Promise.all(sent.map((id) => acked(phone, id, joined(group))))
    const last = await say(phone, joined(group), 'the last')
    for (const socket of others) await socket.next((frame) => frame.content === 'the last')
    for (const socket of others) {
      expect(contentsOf(socket)).toEqual([...contents, 'the last'])
      const seqs = socket.frames.flatMap(({ type, seq }) => (type === 3 ? [Number(seq)] : []))
      expect(seqs).toEqual(upTo(31).map((number) => last.seq - 31 + number))
    }
    // On a machine that is busy for seconds it is told to catch up.
    await tablet.next(({ content, event }) => content === 'the last' || event === 'resync')
    const isBehind = tablet.frames.some(({ event }) => event === 'resync')
    const came = contentsOf(tablet)
    expect(came).toEqual([...contents, 'the last'].filter((content) => !isBehind || came.includes(content)))
    for (const socket of [phone, eves]) await socket.none(ofType(3))
  })

  it('who is kicked while others speak hears what came before, and nothing after', async () => {
    const [adas, bobs, carols] = await Promise.all([ada, bob, carol].map(({ token }) => connect({ token })))
    if (!adas || !bobs || !carols) throw new Error('not connected')
    await say(adas, joined(group), 'first')
    await heard(carols, joined(group))
    const before = texts(10, 'before').map((content) => send(adas, joined(group), content))
    const kicked = actIn(ada, 'kick', group, { user_id: carol.id })
    const after = texts(10, 'meanwhile').map((content) => send(bobs, joined(group), content))
    ok(await kicked)
    for (const id of before) await acked(adas, id, joined(group))
    for (const id of after) await acked(bobs, id, joined(group))
    await say(adas, joined(group), 'without carol')
    await bobs.next((frame) => frame.content === 'without carol')
    // The same slice would have brought it before now.
    const adasOther = await connect({ token: ada.token })
    await say(bobs, joined(group), 'and again')
    await adasOther.next((frame) => frame.content === 'and again')
    const notice = bobs.frames.find(({ from_id, content }) => from_id === 0 && String(content).includes(carol.username))
    const seen = carols.frames.flatMap(({ type, seq }) => (type === 3 ? [Number(seq)] : []))
    const until = Number(notice?.seq)
    expect(until).toBeGreaterThan(0)
    expect(seen.toSorted((a, b) => a - b)).toEqual(upTo(until).slice(-seen.length))
    expect(Math.max(...seen)).toBe(until)
    expect(contentsOf(carols)).not.toContain('without carol')
  })
})
