/** What only groups have: more than two members, who come and go, and names of their own. The rest they share with friends. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  acked,
  heard,
  heardMany,
  history,
  isMessage,
  missed,
  placeOf,
  say,
  sayInVain,
  send,
  type Target,
  texts,
  upTo,
} from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { databaseUrl, groupOf, join, leave, rename } from '../support/group.ts'
import { call, ok } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { Profile } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterEach(closeAll)

describe.skipIf(!databaseUrl)('a group of three, with the id of the first', () => {
  const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
  let group: Target
  let adas: Socket
  let bobs: Socket
  let carols: Socket
  let eves: Socket
  beforeEach(async () => {
    // Who is a friend and who is a member of a group of the friend's id are two things.
    await Promise.all([befriend(ada, eve), befriend(ada, bob)])
    group = await groupOf(ada, bob, carol)
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
    carols = await connect({ token: carol.token })
    eves = await connect({ token: eve.token })
  })

  it('a message reaches each member and none else', async () => {
    const { id, seq } = await say(adas, group, 'to all')
    for (const socket of [bobs, carols])
      expect(await heard(socket)).toMatchObject({ type: 3, id, seq, from_id: ada.id })
    await adas.none(isMessage)
    await eves.none(isMessage)
  })

  it('all members see one order, without holes', async () => {
    const senders = [adas, bobs, carols]
    const sent = senders.flatMap((socket, index) =>
      texts(7, `member ${index}`).map((content) => [socket, send(socket, group, content)] as const),
    )
    await Promise.all(sent.map(([socket, id]) => acked(socket, group, id)))
    const rows = await history(bob, group)
    expect(rows.map(({ seq }) => seq)).toEqual(upTo(21))
    expect(await history(ada, group)).toEqual(rows)
    expect(await history(carol, group)).toEqual(rows)
    for (const [index, socket] of senders.entries()) {
      const theirs = rows.filter(({ from_user_id }) => from_user_id !== [ada, bob, carol][index]?.id)
      expect((await heardMany(socket, 14)).map(({ id }) => id)).toEqual(theirs.map(({ id }) => id))
    }
  })

  it('a mark and typing reach all other members', async () => {
    const { seq } = await say(adas, group, 'hello')
    carols.send({ type: 6, ...placeOf(group), seq })
    carols.send({ type: 7, ...placeOf(group), typing: true })
    for (const socket of [adas, bobs]) {
      expect(await socket.next(ofType(6))).toEqual({ type: 6, from_id: carol.id, ...placeOf(group), seq })
      expect(await socket.next(ofType(7))).toEqual({ type: 7, from_id: carol.id, ...placeOf(group), typing: true })
    }
    await eves.none(ofType(6, 7))
  })

  it('who is no member is refused and shown nothing, though a friend of the user who has its id', async () => {
    await say(adas, group, 'among us')
    await sayInVain(eves, group, 'let me in', 'NOT_MEMBER')
    expect(await history(eve, group)).toEqual([])
    expect(await missed(eve, group)).toMatchObject({ messages: [], last_seq: 0, has_more: false })
  })

  it('who joins sees what is said from then on, and who leaves what was said until then', async () => {
    await say(adas, group, 'before')
    await join(group, eve)
    await say(adas, group, 'while eve is there')
    expect(await heard(eves)).toMatchObject({ seq: 2, content: 'while eve is there' })
    await say(eves, group, 'and speaks')
    await leave(group, eve)
    await say(adas, group, 'after')
    await sayInVain(eves, group, 'wait', 'NOT_MEMBER')
    await eves.none(isMessage)
    expect((await history(eve, group)).map(({ seq }) => seq)).toEqual([2, 3])
    const { messages, last_seq } = await missed(eve, group)
    expect({ seqs: messages.map(({ seq }) => seq), last_seq }).toEqual({ seqs: [2, 3], last_seq: 3 })
    expect((await history(bob, group)).map(({ seq }) => seq)).toEqual(upTo(4))
  })

  it('a message carries the sender’s picture, and the name that the group has for the sender', async () => {
    await say(adas, group, 'as I am')
    expect(await heard(bobs)).toMatchObject({ nickname: ada.username, avatar: '' })
    const body = { nickname: 'Ada', avatar: 'https://example.com/ada.png' }
    ok(await call('PUT', '/api/user/profile', { token: ada.token, body }), Profile)
    await say(adas, group, 'as I wish')
    expect(await heard(bobs)).toMatchObject(body)
    await rename(group, ada, 'Boss')
    await say(adas, group, 'as you call me')
    expect(await heard(bobs)).toMatchObject({ ...body, nickname: 'Boss' })
  })

  it('and the user of its id are spoken to at once, each in an order and under numbers of its own', async () => {
    const places: Target[] = [group, ada]
    const sent = texts(10).flatMap((content) => places.map((place) => [place, send(bobs, place, content)] as const))
    await Promise.all(sent.map(([place, id]) => acked(bobs, place, id)))
    for (const place of places) {
      const rows = await history(bob, place)
      expect(rows.map(({ seq }) => seq)).toEqual(upTo(10))
      const arrived = await adas.take(10, ofType(place.chat_type ?? 2))
      expect(arrived.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
    }
    expect((await heardMany(carols, 10)).map(({ type }) => type)).toEqual(Array(10).fill(3))
    await carols.none(isMessage)
  })
})
