/** What the application is told of messages, and when. */
import { describe, expect, it } from 'vitest'
import { Chat, type Target } from '../../src/index.ts'
import { all, open, pass, seqsOf, useMadeUpTime } from '../application.ts'
import { me, reply, World } from '../world.ts'

useMadeUpTime()

const pushed = (seq: number, more: object = {}) => ({
  ...{ type: 2, id: seq, seq, from_id: 2, from_user_id: 2, target_id: me, content: `message ${seq}`, media: 1 },
  ...{ send_time: 5, created_at: 5_000, ...more },
})

describe('messages', () => {
  it('are given in the order of seq, and a hole is filled by sync, within a second', async () => {
    const { messages, socket, world } = open()
    await pass(10)
    for (const socket of world.sockets) socket.isDeaf = true
    for (const text of ['one', 'two', 'three']) world.say(2, 2, text)
    await pass(100)
    expect(messages).toEqual([])
    socket().deliver(pushed(3, { content: 'three' }))
    await pass(1_000)
    expect(messages.map(({ content }) => content)).toEqual(['one', 'two', 'three'])
  })

  it('that come again are dropped', async () => {
    const { messages, socket, world } = open()
    await pass(10)
    world.say(2, 2, 'one')
    await pass(10)
    for (let time = 0; time < 3; time += 1) socket().deliver([pushed(1), pushed(1)])
    await pass(1_000)
    expect(seqsOf(messages)).toEqual([1])
  })

  it('have one shape, whichever way they came, and name the conversation as its owner sees it', async () => {
    const { messages, socket, world } = open()
    await pass(10)
    world.say(2, 2, 'pushed')
    world.say(2, me, 'by another device')
    socket().deliver({ ...pushed(1), type: 3, target_id: 2, from_id: 7, from_user_id: 7, nickname: 'bo', avatar: '' })
    await pass(10)
    expect(messages).toMatchObject([
      { target_id: 2, chat_type: 3, from_id: 7, nickname: 'bo' },
      { target_id: 2, chat_type: 2, from_id: 2, content: 'pushed' },
      { target_id: 2, chat_type: 2, from_id: me, content: 'by another device' },
    ])
  })

  it('that are not read yet come at the start, of all friends, on however many pages of the list', async () => {
    const world = new World([2, 3, 4, 5])
    for (const peer of [2, 3, 4, 5]) for (const text of ['read', 'unread', 'also']) world.say(peer, peer, text)
    for (const peer of [2, 3, 4, 5]) world.marks.set(peer, 1)
    const { messages } = open(world)
    await pass(1_000)
    for (const peer of [2, 3, 4, 5])
      expect(messages.filter(({ target_id }) => target_id === peer).map(({ content }) => content)).toEqual([
        'unread',
        'also',
      ])
  })

  it('go on where the application says', async () => {
    const world = new World([2])
    for (const text of ['one', 'two', 'three']) world.say(2, 2, text)
    world.marks.set(2, 3)
    const { chat, messages } = open(world)
    chat.follow({ target_id: 2 }, 1)
    await pass(1_000)
    expect(seqsOf(messages)).toEqual([2, 3])
  })

  it('of somebody who is new begin after the mark, and miss none that came out of order', async () => {
    const { messages, socket, world } = open()
    await pass(1_000)
    for (const socket of world.sockets) socket.isDeaf = true
    for (const text of ['one', 'two', 'three']) world.say(9, 9, text)
    world.marks.set(9, 3)
    socket().deliver({ ...pushed(2), from_id: 9, from_user_id: 9, content: 'two' })
    await pass(2_000)
    expect(messages.map(({ content }) => content)).toEqual(['two', 'three'])
  })

  it('are asked for again when a page fails, and when it brings too little', async () => {
    const { messages, socket, world } = open()
    await pass(10)
    for (const socket of world.sockets) socket.isDeaf = true
    const empty = { target_id: 2, messages: [], last_seq: 0, read_seq: 0, peer_read_seq: 0, has_more: false }
    const answers = [
      () => reply({ code: 500, reason: 'FAULT', msg: '', request_id: 'r' }, 500),
      () => reply({ code: 0, msg: '', data: [empty] }, 200),
    ]
    world.answers.set('/api/chat/sync', () => {
      const next = answers.shift()?.()
      if (answers.length === 0) world.answers.clear()
      return next as Response
    })
    for (const text of ['one', 'two']) world.say(2, 2, text)
    socket().deliver(pushed(2, { content: 'two' }))
    await pass(3_000)
    expect(messages.map(({ content }) => content)).toEqual(['one', 'two'])
  })

  it('wait for their turn in a bounded room, and none is lost by it', async () => {
    const { messages, socket, world } = open()
    await pass(10)
    for (const socket of world.sockets) socket.isDeaf = true
    for (let seq = 1; seq <= 2_500; seq += 1) world.say(2, 2, `message ${seq}`)
    for (let seq = 2; seq <= 2_500; seq += 1) socket().deliver(pushed(seq))
    await pass(10_000)
    expect(seqsOf(messages)).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1))
  })

  it('that make no sense are passed over', async () => {
    const { messages, socket } = open()
    await pass(10)
    for (const odd of [{ seq: 0 }, { seq: -1 }, { seq: 1.5 }, { seq: '1' }, { seq: null }, { content: 5 }])
      socket().deliver(pushed(1, odd))
    await pass(100)
    expect(messages).toEqual([])
  })

  it('are iterated over, of all conversations or of one, until the chat closes', async () => {
    const { chat, world } = open()
    await pass(10)
    const [ofAll, ofTwo] = [chat.messages(), chat.messages({ target_id: 2 })]
    world.say(2, 2, 'to one')
    world.say(3, 3, 'to another')
    await pass(10)
    chat.close()
    expect((await all(ofAll)).map(({ content }) => content)).toEqual(['to one', 'to another'])
    expect((await all(ofTwo)).map(({ content }) => content)).toEqual(['to one'])
  })
})

describe('the history', () => {
  it('comes by pages, the latest first, each in order, to its begin', async () => {
    const { chat, world } = open()
    for (let seq = 1; seq <= 5; seq += 1) world.say(2, 2, `message ${seq}`)
    const pages = all(chat.history({ target_id: 2 }, { limit: 2 }))
    await pass(100)
    expect((await pages).map(seqsOf)).toEqual([[4, 5], [2, 3], [1]])
  })

  it('goes forward from a point, the earliest page first, to its end', async () => {
    const { chat, world } = open()
    for (let seq = 1; seq <= 6; seq += 1) world.say(2, 2, `message ${seq}`)
    const pages = all(chat.history({ target_id: 2 }, { after_seq: 1, limit: 2 }))
    await pass(100)
    expect((await pages).map(seqsOf)).toEqual([[2, 3], [4, 5], [6]])
  })
})

describe('a search', () => {
  it('comes by pages, of all conversations or of one, as long as there is another page, though one is empty', async () => {
    const { session, environment } = spoken()
    const chat = new Chat({ session, environment })
    const of = async (text: string, target?: Target) =>
      (await all(chat.search(text, target))).map((page) =>
        page.map(({ target_id, chat_type, seq }) => `${chat_type}:${target_id} ${seq}`),
      )
    expect(await of('& +', { target_id: 2 })).toEqual([['2:2 5'], [], ['2:2 1']])
    expect(await of('& +')).toEqual([['2:2 5'], [], ['2:2 1', '2:3 1']])
    expect(await of('nowhere', { target_id: 3 })).toEqual([[]])
  })

  function spoken(): World {
    const world = new World([2, 3])
    for (const content of ['this & + that', 'no', 'no', 'no', 'once more & +']) world.say(2, 2, content)
    world.say(3, me, 'mine & +')
    return world
  }
})

it('a list is read page by page', async () => {
  const { session, environment } = new World([2, 3])
  const chat = new Chat({ session, environment })
  expect(await chat.page('/api/friend/list')).toMatchObject({ data: [{ id: 2 }], next: '/api/friend/list?cursor=1' })
  expect(await chat.page('/api/friend/list?cursor=1')).toMatchObject({ data: [{ id: 3 }], next: undefined })
})

it('the friends come from all pages of their list', async () => {
  const { session, environment } = new World([2, 3, 4])
  const friends = all(new Chat({ session, environment }).friends())
  await pass(10)
  expect((await friends).map(({ id }) => id)).toEqual([2, 3, 4])
})
