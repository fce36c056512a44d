/** Mentions in groups, and changes of messages that not every member may see. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { acked, heard, history, named, say, sayInVain } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { actIn, create, entitle, joined, myGroup } from '../support/group.ts'
import { call, ok } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { GroupRow } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterEach(closeAll)

const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
let group: { id: number; chat_type: 3 }
let adas: Socket
let bobs: Socket
beforeEach(async () => {
  group = joined(await create(ada, 'Tea'))
  await entitle(ada, group, bob, 3)
  await entitle(ada, group, carol, 3)
  adas = await connect({ token: ada.token })
  bobs = await connect({ token: bob.token })
})

const mentionsOf = async (person: typeof bob) => (await myGroup(person, group)).mention_count

/** Changes a message, and waits until that is stored. */
async function change(socket: Socket, seq: number, given: object): Promise<number> {
  const client_msg_id = `change ${seq} ${JSON.stringify(given)}`
  socket.send({ type: 11, ...named(group), seq, ...given, client_msg_id })
  return (await acked(socket, client_msg_id, group)).seq
}

describe('a mention', () => {
  it('reaches all, names members only, and counts for them until they have read it', async () => {
    const { seq } = await say(adas, group, '@bob tea?', { mentions: [bob.id, bob.id, ada.id, eve.id] })
    expect((await bobs.next(ofType(3))).mentions).toEqual([bob.id])
    expect((await history(carol, group)).at(-1)).toMatchObject({ seq, mentions: [bob.id] })
    expect(await mentionsOf(bob)).toBe(1)
    expect(await mentionsOf(carol)).toBe(0)
    expect(await mentionsOf(ada)).toBe(0)
    ok(await call('POST', '/api/group/mark-read', { token: bob.token, body: { target_id: group.id } }))
    expect(await mentionsOf(bob)).toBe(0)
  })

  it('of everybody is for the owner and administrators', async () => {
    await sayInVain(bobs, group, '@all tea?', 'ROLE_TOO_LOW', { mentions: [0] })
    await say(adas, group, '@all tea?', { mentions: [0] })
    expect([await mentionsOf(bob), await mentionsOf(carol), await mentionsOf(ada)]).toEqual([1, 1, 0])
  })

  it('is gone with its message', async () => {
    const { seq } = await say(adas, group, '@bob tea?', { mentions: [bob.id] })
    await change(adas, seq, { action: 'recall' })
    expect(await mentionsOf(bob)).toBe(0)
    expect((await history(carol, group)).find((row) => row.seq === seq)?.mentions).toBeUndefined()
  })

  it.each([
    ['a text', 'bob'],
    ['a negative id', [-1]],
    ['51 people', Array.from({ length: 51 }, (_, index) => index + 1)],
  ])('that is malformed is refused: %s', async (_title, mentions) => {
    await sayInVain(adas, group, 'hello', 'BAD_FRAME', { mentions })
  })
})

describe('a change of a message', () => {
  it('that was sent before one joined is heard of without what it says', async () => {
    const { seq } = await say(adas, group, 'before')
    ok(await actIn(ada, 'settings', group, { join_policy: 2 }))
    ok(await actIn(eve, 'join', group))
    const eves = await connect({ token: eve.token })
    const changed = await change(adas, seq, { action: 'edit', content: 'a secret' })
    const told = await heard(eves, group)
    expect(told).toMatchObject({ seq: changed, change: { seq, action: 'edit' } })
    expect(told.change).not.toHaveProperty('message')
    const { change: whole } = await bobs.next((frame) => frame.seq === changed)
    expect(whole).toMatchObject({ message: { content: 'a secret' } })
    expect(JSON.stringify(await history(eve, group))).not.toContain('a secret')
    const id = 'reaction'
    eves.send({ type: 11, ...named(group), seq, action: 'react', content: '👍', client_msg_id: id })
    expect((await eves.next((frame) => frame.client_msg_id === id)).reason).toBe('MESSAGE_NOT_FOUND')
  })

  it('that was made after one left is not shown, but a recall is', async () => {
    const { seq: edited } = await say(adas, group, 'edited later')
    const { seq: recalled } = await say(adas, group, 'recalled later')
    ok(await actIn(bob, 'quit', group))
    await change(adas, edited, { action: 'edit', content: 'a secret' })
    await change(adas, edited, { action: 'react', content: '👍' })
    await change(adas, recalled, { action: 'recall' })
    const rows = await history(bob, group)
    const text = JSON.stringify(rows)
    const query = { ...named(group), q: 'a secret' }
    const found = async (person: typeof bob) =>
      ok(await call('GET', '/api/chat/search', { token: person.token, query }), z.array(GroupRow)).map(({ seq }) => seq)
    expect([await found(bob), await found(carol)]).toEqual([[], [edited]])
    for (const hidden of ['a secret', 'recalled later', '👍']) expect(text).not.toContain(hidden)
    expect(rows.find(({ seq }) => seq === recalled)?.state?.recalled).toBe(true)
    expect((await history(carol, group)).find(({ seq }) => seq === edited)?.content).toBe('a secret')
  })

  it('is refused to who is muted', async () => {
    const { seq } = await say(bobs, group, 'tea?')
    ok(await actIn(ada, 'mute', group, { user_id: bob.id, muted: true }))
    const id = 'muted'
    bobs.send({ type: 11, ...named(group), seq, action: 'recall', client_msg_id: id })
    expect((await bobs.next((frame) => frame.client_msg_id === id)).reason).toBe('MUTED')
  })
})

it('a mention of a friend is passed over', async () => {
  await befriend(ada, bob)
  const { seq } = await say(adas, bob, 'hello', { mentions: [bob.id] })
  expect((await history(bob, ada)).find((row) => row.seq === seq)?.mentions).toBeUndefined()
})
