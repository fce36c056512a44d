/** Messages about messages: replies, edits, recalls and reactions, in order with all others and counted by nobody. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { acked, heard, history, named, say, send, type Target } from '../support/chat.ts'
import { call, ok } from '../support/http.ts'
import type { Person } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

type Change = { seq: unknown; action: string; content?: unknown; client_msg_id?: string }

/** Sends a change without waiting; returns its `client_msg_id`. */
function sendChange(socket: Socket, target: Target, change: Change): string {
  const id = change.client_msg_id ?? randomUUID()
  socket.send({ type: 11, ...named(target), ...change, client_msg_id: id })
  return id
}

const change = (socket: Socket, target: Target, given: Change) =>
  acked(socket, sendChange(socket, target, given), target)

async function refusal(socket: Socket, target: Target, given: Change): Promise<unknown> {
  const id = sendChange(socket, target, given)
  const frame = await socket.next(({ client_msg_id, type }) => client_msg_id === id && (type === 5 || type === 9))
  return frame.reason
}

const rowsFrom = async (reader: Person, target: Target) => (await history(reader, target)).map((row) => row)

describe.each(kinds)('in a conversation of $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob } = talk
  let adas: Socket
  let bobs: Socket
  const toBob = () => talk.targetOf(ada)
  const toAda = () => talk.targetOf(bob)
  const inIt = () => (toBob().chat_type ? toBob() : undefined)
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
  })

  it('a reply names the message that it answers, live and in the history', async () => {
    const { seq } = await say(adas, toBob(), 'Tea?')
    await heard(bobs, inIt())
    await say(bobs, toAda(), 'Yes', { reply_to: seq })
    expect(await heard(adas, inIt())).toMatchObject({ content: 'Yes', reply_to: seq })
    expect((await history(ada, toBob())).at(-1)).toMatchObject({ content: 'Yes', reply_to: seq })
  })

  it('a reply to what is not there is refused', async () => {
    for (const seq of [1, 2 ** 52]) {
      const id = send(adas, toBob(), 'Yes', { reply_to: seq })
      expect((await adas.next((frame) => frame.client_msg_id === id)).reason).toBe('MESSAGE_NOT_FOUND')
    }
  })

  it('an edit is told with a seq of its own, and changes what the history shows', async () => {
    const { seq } = await say(adas, toBob(), 'Te?')
    await heard(bobs, inIt())
    const stored = await change(adas, toBob(), { seq, action: 'edit', content: 'Tea?' })
    expect(stored.seq).toBe(seq + 1)
    const state = { edited: true, recalled: false, reactions: [], changed_seq: stored.seq }
    const told = await heard(bobs, inIt())
    expect(told).toMatchObject({ seq: stored.seq, from_id: ada.id, change: { seq, action: 'edit' } })
    expect(told.change?.message).toEqual({ content: 'Tea?', media: 1, ...state })
    expect(told.content).not.toContain('Tea')
    const [said, event] = await history(bob, toAda())
    expect(said).toMatchObject({ seq, content: 'Tea?', state })
    expect(event).toMatchObject({ seq: stored.seq, change: { seq, action: 'edit', message: { content: 'Tea?' } } })
  })

  it('of a recalled message nothing is left, neither in the history nor in the list', async () => {
    const secret = randomUUID()
    const { seq } = await say(adas, toBob(), secret)
    await heard(bobs, inIt())
    await change(adas, toBob(), { seq, action: 'edit', content: `${secret} again` })
    await change(adas, toBob(), { seq, action: 'recall' })
    const rows = await history(bob, toAda())
    expect(rows[0]).toMatchObject({ seq, state: { recalled: true, reactions: [] } })
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(JSON.stringify(await talk.stateOf(bob))).not.toContain(secret)
    for (const action of ['edit', 'react', 'recall']) {
      const content = action === 'edit' ? 'x' : action === 'react' ? '👍' : undefined
      expect(await refusal(adas, toBob(), { seq, action, content })).toBe('MESSAGE_RECALLED')
    }
  })

  it('each reacts with one emoji, and takes it back', async () => {
    const { seq } = await say(adas, toBob(), 'Tea?')
    const shown = async () => (await history(ada, toBob()))[0]?.state?.reactions
    await change(bobs, toAda(), { seq, action: 'react', content: '👍' })
    await change(adas, toBob(), { seq, action: 'react', content: '👍' })
    expect(await shown()).toEqual([{ emoji: '👍', user_ids: [ada.id, bob.id].sort((one, other) => one - other) }])
    for (const content of ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩🏻‍❤️‍💋‍👨🏿']) await change(bobs, toAda(), { seq, action: 'react', content })
    expect(await shown()).toHaveLength(2)
    await change(bobs, toAda(), { seq, action: 'react' })
    await change(adas, toBob(), { seq, action: 'react' })
    expect(await shown()).toEqual([])
  })

  it('changes are unread by nobody', async () => {
    const { seq } = await say(adas, toBob(), 'Tea?')
    await change(adas, toBob(), { seq, action: 'edit', content: 'Coffee?' })
    await change(bobs, toAda(), { seq, action: 'react', content: '👍' })
    expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1, last_seq: seq + 2 })
    expect(await talk.stateOf(ada)).toMatchObject({ unread_count: 0 })
    bobs.send({ type: 6, ...named(toAda()), seq: seq + 2 })
    await adas.next(ofType(6))
    expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 0 })
    await say(adas, toBob(), 'Now?')
    expect(await talk.stateOf(bob)).toMatchObject({ unread_count: 1 })
  })

  it('a change comes by sync like any other message, with what has become of its own', async () => {
    const { seq } = await say(adas, toBob(), 'Te?')
    await change(adas, toBob(), { seq, action: 'edit', content: 'Tea?' })
    await change(bobs, toAda(), { seq, action: 'react', content: '👍' })
    const body = { conversations: [{ ...named(toAda()), after_seq: seq }] }
    const Synced = z.array(z.looseObject({ messages: z.array(z.looseObject({ change: z.looseObject({}) })) }))
    const [{ messages = [] } = {}] = ok(await call('POST', '/api/chat/sync', { token: bob.token, body }), Synced)
    expect(messages).toHaveLength(2)
    const message = { content: 'Tea?', edited: true, reactions: [{ emoji: '👍', user_ids: [bob.id] }] }
    for (const one of messages) expect(one.change?.message).toMatchObject(message)
  })

  it('the same change sent again is stored once', async () => {
    const { seq } = await say(adas, toBob(), 'Te?')
    const given = { seq, action: 'edit', content: 'Tea?', client_msg_id: randomUUID() }
    const first = await change(adas, toBob(), given)
    expect(await change(adas, toBob(), given)).toMatchObject({ seq: first.seq, duplicate: true })
    expect(await refusal(adas, toBob(), { ...given, content: 'Coffee?' })).toBe('CONFLICT')
    expect(await rowsFrom(ada, toBob())).toHaveLength(2)
  })

  it('nobody edits or recalls what another has written, or a change', async () => {
    const { seq } = await say(adas, toBob(), 'Tea?')
    const { seq: changed } = await change(adas, toBob(), { seq, action: 'edit', content: 'Tea.' })
    expect(await refusal(bobs, toAda(), { seq, action: 'edit', content: 'No.' })).toBe('NOT_YOUR_MESSAGE')
    expect(await refusal(bobs, toAda(), { seq, action: 'recall' })).toBe('NOT_YOUR_MESSAGE')
    for (const unknown of [changed, changed + 1, 2 ** 52]) {
      expect(await refusal(adas, toBob(), { seq: unknown, action: 'recall' })).toBe('MESSAGE_NOT_FOUND')
    }
    expect((await history(bob, toAda()))[0]).toMatchObject({ content: 'Tea.' })
  })

  it('pictures are recalled, and not edited', async () => {
    const { seq } = await say(adas, toBob(), 'https://pictures.example/tea.png', { media: 2 })
    expect(await refusal(adas, toBob(), { seq, action: 'edit', content: 'x' })).toBe('NOT_TEXT')
    await change(adas, toBob(), { seq, action: 'recall' })
    expect((await history(bob, toAda()))[0]).toMatchObject({ media: 1, state: { recalled: true } })
  })

  it.each([
    ['no seq', { action: 'recall' }],
    ['seq 0', { seq: 0, action: 'recall' }],
    ['no action', { seq: 1 }],
    ['another action', { seq: 1, action: 'forget' }],
    ['an edit without text', { seq: 1, action: 'edit' }],
    ['an edit to nothing', { seq: 1, action: 'edit', content: '' }],
    ['a reaction of text', { seq: 1, action: 'react', content: 'ok' }],
    ['two emojis', { seq: 1, action: 'react', content: '👍👍' }],
  ])('a malformed change is refused: %s', async (_title, given) => {
    expect(await refusal(adas, toBob(), given as Change)).toBe('BAD_FRAME')
  })

  it('an edit that is too long is refused', async () => {
    const { seq } = await say(adas, toBob(), 'Tea?')
    const content = 'x'.repeat(16 * 1024 + 1)
    expect(await refusal(adas, toBob(), { seq, action: 'edit', content })).toBe('TOO_LARGE')
  })

  it('nothing is changed in a conversation that is over', async () => {
    const { seq } = await say(adas, toBob(), 'Tea?')
    await talk.end()
    expect(await refusal(adas, toBob(), { seq, action: 'recall' })).toBe(kind.refusal)
  })
})
