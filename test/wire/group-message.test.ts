/** What only groups have in messages: more than two members, of whom some leave. What holds for friends, too, is tested with them. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acked, heard, history, named, say, send, texts, upTo } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { databaseUrl, type Group, groupOf, leave } from '../support/written-group.ts'

afterEach(closeAll)

describe.skipIf(!databaseUrl)('in a group of three', () => {
  const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
  let group: Group
  let adas: Socket
  let bobs: Socket
  let carols: Socket
  beforeEach(async () => {
    await befriend(ada, eve)
    group = await groupOf(ada, bob, carol)
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
    carols = await connect({ token: carol.token })
  })

  it('a message reaches each member, under the name that the group has for its sender, and none else', async () => {
    const eves = await connect({ token: eve.token })
    const { id, seq } = await say(adas, group, 'hello')
    const shown = { id, seq, from_id: ada.id, target_id: group.id, nickname: ada.username }
    for (const socket of [bobs, carols]) expect(await heard(socket, group)).toMatchObject(shown)
    for (const socket of [adas, eves]) await socket.none(ofType(2, 3))
  })

  it('all members see one order, without holes', async () => {
    const speakers = texts(21).map((content, index) => ({ content, socket: [adas, bobs, carols][index % 3] ?? adas }))
    const sent = speakers.map(({ socket, content }) => ({ socket, id: send(socket, group, content) }))
    await Promise.all(sent.map(({ socket, id }) => acked(socket, id, group)))
    const rows = await history(bob, group)
    expect(rows.map(({ seq }) => seq)).toEqual(upTo(21))
    expect(await history(ada, group)).toEqual(rows)
    expect(await history(carol, group)).toEqual(rows)
    expect(rows.map(({ content }) => content).sort()).toEqual(texts(21).sort())
  })

  it('a friend of the user who has its id is no member', async () => {
    const eves = await connect({ token: eve.token })
    const id = send(eves, group, 'let me in')
    expect(await eves.next((frame) => frame.client_msg_id === id)).toMatchObject({ type: 9, reason: 'NOT_MEMBER' })
    expect(await history(eve, group)).toEqual([])
  })

  it('the same text to the group and to the user of its id are two messages', async () => {
    const content = randomUUID()
    const eves = await connect({ token: eve.token })
    await say(eves, ada, content)
    expect(await heard(adas)).toMatchObject({ content })
    await say(bobs, group, content)
    expect(await heard(adas, group)).toMatchObject({ content })
    await bobs.none(ofType(2, 3))
  })

  it('a mark and typing reach all other members, and say where', async () => {
    const { seq } = await say(adas, group, 'hello')
    carols.send({ type: 6, ...named(group), seq })
    carols.send({ type: 7, ...named(group), typing: true })
    for (const socket of [adas, bobs]) {
      expect(await socket.next(ofType(6))).toEqual({ type: 6, from_id: carol.id, ...named(group), seq })
      expect(await socket.next(ofType(7))).toEqual({ type: 7, from_id: carol.id, ...named(group), typing: true })
    }
  })

  it('who has left reads what was said before, and hears nothing of what comes after', async () => {
    await say(adas, group, 'before')
    await heard(carols, group)
    await leave(group, carol)
    await say(adas, group, 'after')
    await heard(bobs, group)
    await carols.none(ofType(3))
    expect((await history(carol, group)).map(({ content }) => content)).toEqual(['before'])
    expect((await history(bob, group)).map(({ content }) => content)).toEqual(['before', 'after'])
  })
})
