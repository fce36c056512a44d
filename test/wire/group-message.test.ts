/** Messages in a group: order, answers, devices, catching up and receipts are those of two friends, for all of its members. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { texts, upTo } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { databaseUrl, groupOf } from '../support/group.ts'
import { call, ok } from '../support/http.ts'
import { login, newcomers, type Person } from '../support/people.ts'
import { Ack, Message, Row } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const GroupMessage = Message.extend({ type: z.literal(3), nickname: z.string(), avatar: z.string() })
const GroupAck = Ack.extend({ chat_type: z.literal(3) })
const GroupRow = Row.extend({ type: z.literal(3) })

describe.skipIf(!databaseUrl)('in a group', () => {
  const { ada, bob, carol, eve } = newcomers(beforeAll, 'ada', 'bob', 'carol', 'eve')
  let group: { id: number }
  let adas: Socket
  let bobs: Socket
  let carols: Socket
  let eves: Socket
  beforeAll(async () => {
    // Who is a friend and who is a member of a group of the friend's id are two things.
    await Promise.all([befriend(ada, eve), befriend(ada, bob)])
    group = await groupOf(ada, bob, carol)
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
    carols = await connect({ token: await login(carol.username) })
    eves = await connect({ token: eve.token })
  })

  const send = (socket: Socket, content: string, client_msg_id: string = randomUUID()): string => {
    socket.send({ type: 3, target_id: group.id, content, client_msg_id })
    return client_msg_id
  }
  const acked = async (socket: Socket, id: string) =>
    GroupAck.parse(await socket.next((frame) => frame.type === 5 && frame.client_msg_id === id))
  const say = (socket: Socket, content: string) => acked(socket, send(socket, content))
  const heard = async (socket: Socket, content: string) =>
    GroupMessage.parse(await socket.next((frame) => frame.type === 3 && frame.content === content))
  const history = async (reader: Person) => {
    const query = { target_id: group.id, chat_type: 3, limit: 200 }
    return ok(await call('GET', '/api/chat/history', { token: reader.token, query }), z.array(GroupRow))
  }

  it('a message reaches each member and none else, and its sender is told that it is stored', async () => {
    const content = randomUUID()
    const ack = await say(adas, content)
    expect(ack).toMatchObject({ target_id: group.id, duplicate: false })
    for (const socket of [bobs, carols]) {
      const { id, seq, from_id, target_id, nickname } = await heard(socket, content)
      expect({ id, seq, from_id, target_id, nickname }).toEqual({
        id: ack.id,
        seq: ack.seq,
        from_id: ada.id,
        target_id: group.id,
        nickname: ada.username,
      })
    }
    await adas.none((frame) => frame.content === content)
    await eves.none((frame) => frame.content === content)
    expect((await history(carol)).at(-1)).toMatchObject({ id: ack.id, content, to_user_id: group.id })
  })

  it('the sender’s other devices get it', async () => {
    const desk = await connect({ token: await login(ada.username) })
    const content = randomUUID()
    await say(adas, content)
    await heard(desk, content)
  })

  it('all members see one order, without holes', async () => {
    const contents = texts(20, randomUUID())
    const ids = contents.map((content, index) => send([adas, bobs, carols][index % 3] ?? adas, content))
    await Promise.all(ids.map((id, index) => acked([adas, bobs, carols][index % 3] ?? adas, id)))
    const rows = await history(bob)
    expect(rows.map(({ seq }) => seq)).toEqual(upTo(rows.length))
    expect(await history(ada)).toEqual(rows)
    expect(await history(carol)).toEqual(rows)
    expect(new Set(rows.slice(-20).map(({ content }) => content))).toEqual(new Set(contents))
  })

  it('a message that is sent again is answered as the first time', async () => {
    const [id, content] = [randomUUID(), randomUUID()]
    const first = await acked(bobs, send(bobs, content, id))
    expect(await acked(bobs, send(bobs, content, id))).toEqual({ ...first, duplicate: true })
  })

  it('who is no member is refused, though a friend of the user who has its id', async () => {
    const id = send(eves, 'let me in')
    expect(await eves.next((frame) => frame.client_msg_id === id)).toMatchObject({ type: 9, reason: 'NOT_MEMBER' })
    const query = { target_id: group.id, chat_type: 3 }
    expect(ok(await call('GET', '/api/chat/history', { token: eve.token, query }), z.array(Row))).toEqual([])
  })

  it('what was said to the user of its id stays apart', async () => {
    const content = randomUUID()
    bobs.send({ type: 2, target_id: ada.id, content, client_msg_id: content })
    await bobs.next((frame) => frame.type === 5 && frame.client_msg_id === content)
    expect((await history(ada)).map((row) => row.content)).not.toContain(content)
    await carols.none((frame) => frame.content === content)
  })

  it('sync gives what a device has missed, and names the kind', async () => {
    const [{ seq }] = [await say(bobs, randomUUID())]
    const body = { conversations: [{ target_id: group.id, chat_type: 3, after_seq: seq - 1 }] }
    const reply = await call('POST', '/api/chat/sync', { token: carol.token, body })
    expect(reply.body).toMatchObject({
      code: 0,
      data: [{ target_id: group.id, chat_type: 3, last_seq: seq, has_more: false, messages: [{ seq, type: 3 }] }],
    })
  })

  it('a mark and typing reach the other members, and say where', async () => {
    const { seq } = await say(adas, randomUUID())
    const target = { target_id: group.id, chat_type: 3 }
    carols.send({ type: 6, ...target, seq })
    carols.send({ type: 7, ...target, typing: true })
    for (const socket of [adas, bobs]) {
      expect(await socket.next((frame) => frame.type === 6 && frame.seq === seq)).toEqual({
        type: 6,
        from_id: carol.id,
        ...target,
        seq,
      })
      expect(await socket.next(ofType(7))).toEqual({ type: 7, from_id: carol.id, ...target, typing: true })
    }
  })
})
