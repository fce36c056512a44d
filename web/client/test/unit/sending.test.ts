/** What becomes of a message that is sent. */
import { describe, expect, it } from 'vitest'
import { type ChatError, type Entry, type Message, memoryOutbox, newId } from '../../src/index.ts'
import { open, pass, useMadeUpTime } from '../application.ts'
import { me, World } from '../world.ts'

useMadeUpTime()

const two = { target_id: 2 }
const messagesIn = (world: World) => world.sent.filter(({ type }) => type === 2 || type === 3)

describe('a message', () => {
  it('is stored, and its promise brings where; it is shown with all others', async () => {
    const { chat, messages } = open()
    const sent = chat.send(two, 'hello', { media: 2 })
    await pass(100)
    expect(await sent).toEqual({
      ...{ target_id: 2, chat_type: 2, id: 1, seq: 1, from_id: me, content: 'hello', media: 2 },
      ...{ created_at: expect.any(Number), client_msg_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
    expect(messages).toEqual([await sent])
  })

  it('to a group says so', async () => {
    const { chat, world } = open()
    void chat.send({ target_id: 2, chat_type: 3 }, 'hello').catch(() => {})
    await pass(100)
    expect(messagesIn(world)).toMatchObject([{ type: 3, target_id: 2 }])
  })

  it('waits for the answer to the one before it in its conversation, and for nobody in another', async () => {
    const world = new World([2, 3])
    world.isMute = true
    const { chat } = open(world)
    for (const text of ['one', 'two']) void chat.send(two, text)
    void chat.send({ target_id: 3 }, 'elsewhere')
    await pass(100)
    expect(messagesIn(world).map(({ content }) => content)).toEqual(['one', 'elsewhere'])
  })

  it('without an answer is sent again under its id', async () => {
    const world = new World([2, 3])
    world.isMute = true
    const { chat } = open(world)
    const sent = chat.send(two, 'one')
    await pass(9_000)
    world.isMute = false
    await pass(3_000)
    const [first, second, ...more] = messagesIn(world)
    expect(more).toEqual([])
    expect(second).toEqual(first)
    expect(await sent).toMatchObject({ seq: 1 })
  })

  it.each(['NOT_FRIENDS', 'UNPROCESSABLE'])(
    'that is refused for good with %s rejects, and makes way',
    async (reason) => {
      const world = new World([2])
      world.refusal = { code: -1, reason, msg: 'no', retryable: false }
      const { chat } = open(world)
      const sent = chat.send(two, 'one')
      const caught = expect(sent).rejects.toMatchObject({ name: 'ChatError', reason, isRetryable: false })
      await pass(100)
      world.refusal = undefined
      const next = chat.send(two, 'two')
      await pass(100)
      await caught
      expect(await next).toMatchObject({ seq: 1, content: 'two' })
    },
  )

  it('that comes too early waits as long as it is told, as do all others', async () => {
    const world = new World([2, 3])
    world.refusal = { code: 429, reason: 'TOO_MANY_REQUESTS', msg: '', retryable: true, retry_after_ms: 5_000 }
    const { chat } = open(world)
    const sent = chat.send(two, 'one')
    await pass(100)
    const other = chat.send({ target_id: 3 }, 'two')
    await pass(4_000)
    expect(messagesIn(world)).toHaveLength(1)
    world.refusal = undefined
    await pass(2_000)
    expect(await Promise.all([sent, other])).toMatchObject([{ content: 'one' }, { content: 'two' }])
  })

  it.each([
    ['is empty', '', 'BAD_FRAME'],
    ['has half a surrogate pair', 'a\ud800b', 'BAD_FRAME'],
    ['is over 16 KiB', '测'.repeat(5_462), 'TOO_LARGE'],
    ['would make a frame that closes the socket', '\u0001'.repeat(8_000), 'TOO_LARGE'],
  ])('that %s is refused before it is sent', async (_what, content, reason) => {
    const { chat, world } = open()
    await expect(chat.send(two, content)).rejects.toMatchObject({ name: 'ChatError', reason })
    await pass(100)
    expect(messagesIn(world)).toEqual([])
  })

  it('of 16 KiB is sent', async () => {
    const { chat } = open()
    const sent = chat.send(two, '测'.repeat(5_461))
    await pass(100)
    expect(await sent).toMatchObject({ seq: 1 })
  })
})

describe('the outbox', () => {
  it('says what waits, with the application’s own note, and tells of each that comes and goes', async () => {
    const outbox = memoryOutbox()
    const world = new World([2])
    world.isMute = true
    const { chat } = open(world, { outbox })
    const told: [string, Entry, (Message | ChatError)?][] = []
    chat.on('queued', (entry) => told.push(['queued', entry]))
    chat.on('answered', (entry, answer) => told.push(['answered', entry, answer]))
    const ids = [newId(), newId()]
    for (const [index, client_msg_id] of ids.entries())
      void chat.send(two, `message ${index}`, { client_msg_id, note: { at: index } }).catch(() => {})
    await pass(100)
    const entries = ids.map((client_msg_id, at) => ({
      ...{ target_id: 2, chat_type: 2, client_msg_id, content: `message ${at}`, media: 1, note: { at } },
    }))
    expect(await chat.waiting()).toEqual(entries)
    expect(told).toEqual(entries.map((entry) => ['queued', entry]))
    expect(messagesIn(world)).toEqual([
      { type: 2, target_id: 2, content: 'message 0', media: 1, client_msg_id: ids[0] },
    ])
    world.isMute = false
    await pass(11_000)
    expect(told.slice(2)).toMatchObject(
      entries.map((entry, at) => ['answered', entry, { seq: at + 1, content: entry.content }]),
    )
    expect(told.at(-1)?.[2]).not.toHaveProperty('note')
    expect(await chat.waiting()).toEqual([])
  })

  it('tells of a refusal that nobody waits for any more', async () => {
    const outbox = memoryOutbox()
    await outbox.add({ target_id: 2, chat_type: 2, client_msg_id: 'kept', content: 'one', media: 1 })
    const world = new World([2])
    world.refusal = { code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false }
    const { chat } = open(world, { outbox })
    const told: unknown[] = []
    chat.on('answered', (...given) => told.push(given))
    await pass(100)
    expect(told).toMatchObject([[{ client_msg_id: 'kept' }, { name: 'ChatError', reason: 'NOT_FRIENDS' }]])
  })

  it('is emptied for somebody who leaves for good', async () => {
    const outbox = memoryOutbox()
    const { chat } = open(new World([2]), { outbox })
    for (const text of ['one', 'two']) chat.send(two, text).catch(() => {})
    chat.close()
    await chat.forget()
    expect(await outbox.all()).toEqual([])
  })

  it('keeps what is unanswered when the chat closes, for the next one, in order', async () => {
    const outbox = memoryOutbox()
    const world = new World([2])
    world.isMute = true
    const { chat } = open(world, { outbox })
    const sent = ['one', 'two', 'three'].map((text) => chat.send(two, text))
    const caught = Promise.allSettled(sent)
    await pass(100)
    chat.close()
    expect((await caught).map((one) => one.status === 'rejected' && one.reason)).toMatchObject([
      { reason: 'CLOSED', isRetryable: true },
      { reason: 'CLOSED', isRetryable: true },
      { reason: 'CLOSED', isRetryable: true },
    ])
    world.isMute = false
    const { messages } = open(world, { outbox })
    await pass(1_000)
    expect(messages.map(({ content }) => content)).toEqual(['one', 'two', 'three'])
    expect(await outbox.all()).toEqual([])
  })

  it('keeps what is unanswered when the session ends', async () => {
    const outbox = memoryOutbox()
    const world = new World([2])
    world.refusal = { code: 401, reason: 'SESSION_ENDED', msg: '', retryable: false }
    const { chat, socket } = open(world, { outbox })
    const caught = expect(chat.send(two, 'one')).rejects.toMatchObject({ reason: 'SESSION_ENDED' })
    await pass(100)
    socket().deliver({ type: 10, reason: 'SESSION_ENDED', reconnect_after_ms: 0 })
    await caught
    expect(await outbox.all()).toMatchObject([{ content: 'one' }])
  })

  it('forgets a message only after all have been told of its answer', async () => {
    const kept = memoryOutbox()
    const done: string[] = []
    const remove = (id: string) => {
      done.push('forgotten')
      return kept.remove(id)
    }
    const { chat } = open(undefined, { outbox: { ...kept, remove } })
    chat.on('message', () => done.push('told'))
    void chat.send(two, 'one')
    await pass(100)
    expect(done).toEqual(['told', 'forgotten'])
  })

  it('that cannot keep a message says so', async () => {
    const outbox = { ...memoryOutbox(), add: () => Promise.reject(new Error('the disk is full')) }
    const { chat } = open(undefined, { outbox })
    await expect(chat.send(two, 'one')).rejects.toMatchObject({ name: 'ChatError', reason: 'OUTBOX' })
  })
})
