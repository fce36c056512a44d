/** The list of conversations, and what an open one shows. */
import { describe, expect, it } from 'vitest'
import { me, reply, World } from '../../../client/test/world.ts'
import { pass, playTime, type Tab, Tabs } from '../page.ts'

playTime()

async function open(world = new World([2, 3])) {
  const tabs = new Tabs()
  const tab = await tabs.open(world)
  await pass(1_000)
  return { world, tabs, tab }
}

function say(world: World, count: number, from = 2): void {
  const first = (world.stored.get(2)?.length ?? 0) + 1
  for (let seq = first; seq < first + count; seq += 1) world.say(2, from, `message ${seq}`)
}

const isRefused = { code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false }
const shown = (tab: Tab, peer = 2) => tab.thread(peer).messages.map(({ content, state }) => `${content}: ${state}`)
const seqs = (tab: Tab) => tab.thread().messages.map(({ seq }) => seq)
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const push = (world: World, frame: object) => {
  for (const socket of world.sockets) socket.deliver({ ...frame })
}

describe('the list', () => {
  it('is told of each message, by its events alone', async () => {
    const { world, tab } = await open()
    world.calls.length = 0
    say(world, 2)
    world.say(3, me, 'by another device')
    await pass(500)
    expect(world.calls).not.toContain('/api/friend/list')
    expect(tab.state.conversations).toMatchObject({
      '2:2': { title: 'peer 2', unread: 2, preview: 'message 2', lastSeq: 2 },
      '2:3': { unread: 0, preview: 'by another device', lastSeq: 1 },
    })
    const at = (key: string) => tab.state.conversations[key]?.lastAt ?? 0
    expect(tab.state.order).toEqual(['2:2', '2:3'].sort((one, other) => at(other) - at(one)))
  })

  it('does not ask for what is unread already: the list has counted it', async () => {
    const world = new World([2, 3])
    say(world, 500)
    const { tab } = await open(world)
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 500, preview: 'message 500' })
    expect(world.calls).not.toContain('/api/chat/sync')
  })

  it('says who types, until they stop, say something, or are silent for six seconds', async () => {
    const { world, tab } = await open()
    const isTyping = () => tab.state.conversations['2:2']?.isTyping
    const type = async (typing: boolean) => {
      push(world, { type: 7, from_id: 2, typing })
      await pass(20)
    }
    await type(true)
    expect(isTyping()).toBe(true)
    await type(false)
    expect(isTyping()).toBe(false)
    await type(true)
    say(world, 1)
    await pass(20)
    expect(isTyping()).toBe(false)
    await type(true)
    await pass(5_000)
    expect(isTyping()).toBe(true)
    await pass(1_100)
    expect(isTyping()).toBe(false)
  })

  it('says who is online, and what they have read', async () => {
    const { world, tab } = await open()
    push(world, { type: 8, event: 'presence', user_id: 2, online: true })
    push(world, { type: 6, from_id: 2, target_id: me, seq: 4 })
    await pass(20)
    expect(tab.state.conversations['2:2']).toMatchObject({ online: true, peerReadSeq: 4 })
  })

  it('is read again when friends come and go, and so are the requests', async () => {
    const { world, tab } = await open()
    world.stored.set(4, [])
    const request = { id: 7, sender_id: 9, sender_name: 'nine', avatar: '', remark: '', created_at: '' }
    world.answers.set('/api/friend/requests', () => reply({ code: 0, msg: '', data: [request] }, 200))
    push(world, { type: 8, event: 'friend_accepted', user_id: 4 })
    await pass(500)
    expect(Object.keys(tab.state.conversations)).toEqual(['2:2', '2:3', '2:4'])
    expect(tab.state.requests).toEqual([request])
    await tab.actions.openThread('2:3')
    for (const peer of [3, 4]) world.stored.delete(peer)
    push(world, { type: 8, event: 'friend_removed', user_id: 3 })
    await pass(500)
    expect(tab.state.conversations).toMatchObject({ '2:2': { isOpen: true }, '2:3': { isOpen: false } })
    expect(tab.state.order).not.toContain('2:4')
    tab.actions.closeThread('2:3')
    await pass(10)
    expect(tab.state.order).toEqual(['2:2'])
  })

  it('learns in the other tabs what is read in one', async () => {
    const { world, tabs, tab } = await open()
    const other = await tabs.open(world)
    await pass(500)
    say(world, 3)
    await pass(500)
    for (const one of [tab, other]) {
      await one.actions.openThread('2:2')
      expect(one.state.conversations['2:2']?.unread).toBe(3)
    }
    other.actions.markRead('2:2', 2)
    await pass(500)
    for (const one of [tab, other]) expect(one.state.conversations['2:2']).toMatchObject({ unread: 1, readSeq: 2 })
    expect(world.marks.get(2)).toBe(2)
  })
})

describe('a thread', () => {
  it('has its newest page, older ones when asked, and what comes', async () => {
    const world = new World([2])
    say(world, 120)
    world.marks.set(2, 120)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    expect([seqs(tab), tab.thread().hasOlder, tab.thread().unreadFromSeq]).toEqual([upTo(71, 120), true, undefined])
    await tab.actions.loadOlder('2:2')
    say(world, 2)
    await pass(100)
    expect(seqs(tab)).toEqual(upTo(21, 122))
    await tab.actions.loadOlder('2:2')
    expect([seqs(tab), tab.thread().hasOlder]).toEqual([upTo(1, 122), false])
  })

  it('shows a message of long ago with what is around it, and goes on from there until it meets the newest', async () => {
    const world = new World([2])
    say(world, 300)
    world.marks.set(2, 300)
    const { tab } = await open(world)
    await tab.actions.lookAt('2:2', 100)
    await tab.actions.openThread('2:2')
    const { aim } = tab.thread()
    expect(aim).toMatchObject({ seq: 100 })
    expect([seqs(tab), tab.thread().hasOlder, tab.thread().hasNewer]).toEqual([upTo(75, 125), true, true])
    // What comes is at the end, which is not shown.
    say(world, 1)
    await pass(100)
    await tab.actions.loadOlder('2:2')
    await tab.actions.loadNewer('2:2')
    await pass(10)
    expect([seqs(tab), tab.thread().hasNewer]).toEqual([upTo(25, 175), true])
    for (let page = 0; tab.thread().hasNewer && page < 5; page += 1) {
      await tab.actions.loadNewer('2:2')
      await pass(10)
    }
    expect([seqs(tab), tab.thread().hasOlder]).toEqual([upTo(25, 301), true])
    expect(tab.thread().aim).toEqual(aim)
    // What is here is not asked for again.
    world.calls.length = 0
    await tab.actions.lookAt('2:2', 30)
    await pass(10)
    expect(tab.thread().aim).toMatchObject({ seq: 30 })
    expect(world.calls).not.toContain('/api/chat/history')
  })

  it('leaves what was said long ago for the end, when asked or when something is sent, and when it is opened anew', async () => {
    const world = new World([2])
    say(world, 300)
    world.marks.set(2, 300)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    const isAtEnd = () => [seqs(tab).at(-1), tab.thread().hasNewer]
    const look = async () => {
      await tab.actions.lookAt('2:2', 100)
      await pass(10)
      expect(isAtEnd()).toEqual([125, true])
    }
    await look()
    tab.actions.lookAtEnd('2:2')
    await pass(10)
    expect(isAtEnd()).toEqual([300, false])
    expect(tab.thread().aim).toHaveProperty('id')
    await look()
    tab.actions.sendMessage('2:2', 'an answer')
    await pass(500)
    expect(isAtEnd()).toEqual([301, false])
    await look()
    tab.actions.closeThread('2:2')
    await tab.actions.openThread('2:2')
    expect(isAtEnd()).toEqual([125, true])
    tab.actions.closeThread('2:2')
    await pass(10)
    await tab.actions.openThread('2:2')
    expect(isAtEnd()).toEqual([301, false])
    expect(tab.thread()).not.toHaveProperty('aim')
  })

  it('says why a message of long ago cannot be shown, and stays where it was', async () => {
    const world = new World([2])
    say(world, 300)
    world.marks.set(2, 300)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    world.answers.set('/api/chat/history', () => reply({ code: 503, msg: '', reason: 'UNAVAILABLE' }, 503))
    expect(await tab.actions.lookAt('2:2', 100)).toBe(false)
    expect(tab.state.notice).toMatchObject({ reason: 'UNAVAILABLE' })
    expect([seqs(tab).at(-1), tab.thread().hasNewer]).toEqual([300, false])
  })

  it('says why it could not be loaded, and is loaded by trying again', async () => {
    const world = new World([2])
    say(world, 80)
    world.marks.set(2, 80)
    const { tab } = await open(world)
    const down = () => reply({ code: 503, msg: '', reason: 'UNAVAILABLE' }, 503)
    world.answers.set('/api/chat/history', down)
    await tab.actions.openThread('2:2')
    expect(tab.thread()).toMatchObject({ messages: [], isLoading: false, loadError: 'UNAVAILABLE' })
    world.answers.clear()
    await tab.actions.loadOlder('2:2')
    expect(tab.thread()).not.toHaveProperty('loadError')
    world.answers.set('/api/chat/history', down)
    await tab.actions.loadOlder('2:2')
    expect(tab.thread()).toMatchObject({ isLoading: false, loadError: 'UNAVAILABLE', hasOlder: true })
    expect(tab.thread().messages.length).toBeGreaterThan(0)
  })

  it('that is read again after a loss has no hole', async () => {
    const { world, tab } = await open()
    say(world, 3)
    await pass(100)
    await tab.actions.openThread('2:2')
    for (const socket of world.sockets) socket.cut()
    say(world, 250)
    await pass(10_000)
    expect(seqs(tab)).toEqual(upTo(1, 253))
  })

  it('closes a hole between an old page and what came since', async () => {
    const { world, tab } = await open()
    say(world, 3)
    await pass(100)
    const stale = (world.stored.get(2) ?? []).slice(0, 1)
    world.answers.set('/api/chat/history', () => {
      world.answers.clear()
      return reply({ code: 0, msg: '', data: stale }, 200)
    })
    await tab.actions.openThread('2:2')
    await pass(100)
    expect(seqs(tab)).toEqual([1, 2, 3])
  })

  it('has a divider at the first unread of others, where it was when the person came', async () => {
    const world = new World([2])
    say(world, 2)
    world.say(2, me, 'mine')
    say(world, 2)
    world.marks.set(2, 2)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    expect(tab.thread().unreadFromSeq).toBe(4)
    tab.actions.markRead('2:2', 5)
    await pass(100)
    expect(tab.thread().unreadFromSeq).toBe(4)
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 0, readSeq: 5 })
    tab.actions.closeThread('2:2')
    await tab.actions.openThread('2:2')
    await pass(10)
    expect(tab.thread().unreadFromSeq).toBeUndefined()
    say(world, 1)
    await pass(100)
    expect(tab.thread().messages.at(-1)?.seq).toBe(6)
    // What comes while the conversation is open is not what was unread when the person came.
    expect(tab.thread().unreadFromSeq).toBeUndefined()
  })

  it('opened before the list is there still knows what was unread', async () => {
    const world = new World([2])
    say(world, 3)
    world.marks.set(2, 1)
    const tab = await new Tabs().open(world)
    const opened = tab.actions.openThread('2:2')
    tab.actions.markRead('2:2', 3)
    await opened
    await pass(1_000)
    expect(tab.thread().unreadFromSeq).toBe(2)
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 0, readSeq: 3 })
  })

  it('is read forward only, no further than it goes, and by who sees the page', async () => {
    const world = new World([2])
    say(world, 5)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    tab.document.visibilityState = 'hidden'
    tab.actions.markRead('2:2', 3)
    await pass(100)
    expect(world.marks.get(2)).toBeUndefined()
    tab.document.visibilityState = 'visible'
    for (const seq of [3, 2, 3, 99]) tab.actions.markRead('2:2', seq)
    await pass(100)
    expect(world.sent.filter(({ type }) => type === 6).map(({ seq }) => seq)).toEqual([3, 5])
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 0, readSeq: 5 })
  })

  it('read up to its middle says how much is unread as soon as the rest is here', async () => {
    const world = new World([2])
    say(world, 1)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    for (const socket of world.sockets) socket.isDeaf = true
    world.say(2, me, 'by another device')
    push(world, { type: 8, event: 'friend_accepted', user_id: 3 })
    await pass(100)
    tab.actions.markRead('2:2', 1)
    push(world, { type: 8, event: 'resync' })
    await pass(100)
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 0, readSeq: 1, lastSeq: 2 })
  })

  it('keeps all of the two last opened, and the newest page of the others, also when 10,000 come', async () => {
    const world = new World([2, 3, 4])
    say(world, 300)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    const before = tab.thread().messages.length
    expect(before).toBeGreaterThan(50)
    await tab.actions.openThread('2:3')
    expect(tab.thread().messages).toHaveLength(before)
    await tab.actions.openThread('2:4')
    await pass(10)
    expect([seqs(tab), tab.thread().hasOlder]).toEqual([upTo(251, 300), true])
    for (let time = 0; time < 10; time += 1) {
      say(world, 1_000)
      await pass(200)
    }
    expect(seqs(tab)).toEqual(upTo(10_251, 10_300))
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 10_300, lastSeq: 10_300 })
  })

  it('with somebody who is no friend any more is still readable', async () => {
    const world = new World([2])
    say(world, 3)
    world.answers.set('/api/friend/list', () => reply({ code: 0, msg: '', data: [] }, 200))
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    await pass(10)
    expect(seqs(tab)).toEqual([1, 2, 3])
    expect(tab.state.conversations['2:2']).toMatchObject({ isOpen: false, unread: 0 })
  })
})

describe('an own message', () => {
  it('is shown at once, then in its place, under one key', async () => {
    const { world, tab } = await open()
    await tab.actions.openThread('2:2')
    tab.actions.sendMessage('2:2', 'mine')
    await Promise.resolve()
    expect(shown(tab)).toEqual(['mine: sending'])
    const [{ key = '' } = {}] = tab.thread().messages
    world.say(2, 2, 'theirs')
    await pass(500)
    expect(tab.thread().messages).toMatchObject([
      { content: 'theirs', seq: 1 },
      { content: 'mine', seq: 2, key, from_id: me },
    ])
    expect(shown(tab)).toEqual(['theirs: stored', 'mine: stored'])
  })

  it('that is refused says why, stays over a reload, and goes out when asked, under its key', async () => {
    const { world, tabs, tab } = await open()
    await tab.actions.openThread('2:2')
    world.refusal = isRefused
    for (const text of ['one', 'two']) tab.actions.sendMessage('2:2', text)
    await pass(500)
    expect(tab.thread().messages).toMatchObject([{ state: 'failed', reason: 'NOT_FRIENDS' }, { state: 'failed' }])
    tab.crash()
    const again = await tabs.open(world)
    await again.actions.openThread('2:2')
    await pass(500)
    expect(shown(again)).toEqual(['one: failed', 'two: failed'])
    const [one, two] = again.thread().messages
    again.actions.discardMessage('2:2', two?.key ?? '')
    world.refusal = undefined
    again.actions.retryMessage('2:2', one?.key ?? '')
    await pass(500)
    expect(again.thread().messages).toMatchObject([{ content: 'one', state: 'stored', key: one?.key }])
    expect([...tabs.kept.keys()]).toEqual(['gochat.session'])
  })

  it('that is refused says nothing of what another person of this browser has kept', async () => {
    const { world, tabs, tab } = await open()
    const entry = { client_msg_id: 'x', target_id: 2, chat_type: 2, content: 'theirs', media: 1 }
    const theirs = { user_id: 99, entry, reason: 'NOT_FRIENDS' }
    tabs.kept.set('gochat.failed', JSON.stringify([theirs]))
    await tab.actions.openThread('2:2')
    world.refusal = isRefused
    tab.actions.sendMessage('2:2', 'mine')
    await pass(500)
    expect(shown(tab)).toEqual(['mine: failed'])
    await tab.actions.signOut()
    expect(JSON.parse(tabs.kept.get('gochat.failed') ?? '')).toEqual([theirs])
  })

  it('that was never kept says so', async () => {
    const { tab } = await open()
    await tab.actions.openThread('2:2')
    tab.actions.sendMessage('2:2', '测'.repeat(6_000))
    await pass(100)
    expect(tab.thread().messages).toMatchObject([{ state: 'failed', reason: 'TOO_LARGE' }])
  })

  it('that waits is shown as sending after a reload, with the time when it was written', async () => {
    const { world, tabs, tab } = await open()
    await tab.actions.openThread('2:2')
    world.isMute = true
    for (const text of ['one', 'two']) tab.actions.sendMessage('2:2', text)
    await pass(500)
    const before = tab.thread().messages
    tab.crash()
    await pass(60_000)
    const again = await tabs.open(world)
    await again.actions.openThread('2:2')
    await pass(100)
    expect(again.thread().messages).toEqual(before)
    world.isMute = false
    await pass(15_000)
    expect(shown(again)).toEqual(['one: stored', 'two: stored'])
    expect(again.thread().messages.map(({ key }) => key)).toEqual(before.map(({ key }) => key))
  })

  it('that is answered before a new tab hears of anything waits there no longer', async () => {
    const { world, tabs, tab } = await open()
    world.isMute = true
    tab.actions.sendMessage('2:2', 'one')
    await pass(8_500)
    world.answers.set('/api/friend/list', () => new Promise(() => {}) as unknown as Response)
    const late = await tabs.open(world)
    void late.actions.openThread('2:2')
    await pass(500)
    expect(shown(late)).toEqual(['one: sending'])
    world.refusal = isRefused
    world.isMute = false
    world.answers.delete('/api/friend/list')
    await pass(30_000)
    expect(shown(late)).toEqual(['one: failed'])
  })

  it('of another tab appears, once, and follows what becomes of it there', async () => {
    const { world, tabs, tab } = await open()
    const other = await tabs.open(world)
    await pass(500)
    for (const one of [tab, other]) await one.actions.openThread('2:2')
    other.actions.sendMessage('2:2', 'one')
    await pass(500)
    world.refusal = isRefused
    other.actions.sendMessage('2:2', 'two')
    await pass(500)
    expect(shown(tab)).toEqual(['one: stored', 'two: failed'])
    expect(shown(other)).toEqual(shown(tab))
    other.actions.discardMessage('2:2', other.thread().messages[1]?.key ?? '')
    await pass(100)
    expect(shown(tab)).toEqual(['one: stored'])
  })

  it('that was refused, and came through late by a copy, is shown once', async () => {
    const { world, tab } = await open()
    await tab.actions.openThread('2:2')
    world.refusal = isRefused
    tab.actions.sendMessage('2:2', 'mine')
    await pass(500)
    expect(shown(tab)).toEqual(['mine: failed'])
    world.say(2, me, 'mine')
    await pass(500)
    expect(shown(tab)).toEqual(['mine: stored'])
    tab.actions.sendMessage('2:2', 'other')
    await pass(500)
    world.say(2, me, 'not the other')
    await pass(500)
    expect(shown(tab)).toEqual(['mine: stored', 'not the other: stored', 'other: failed'])
  })

  it('that has its place when its copy in the outbox becomes known is shown once', async () => {
    const { world, tabs, tab } = await open()
    world.isMute = true
    tab.actions.sendMessage('2:2', 'mine')
    await pass(100)
    tab.crash()
    world.say(2, me, 'mine')
    const again = await tabs.open(world)
    const counts: number[] = []
    again.subscribe(({ threads }) => counts.push(threads['2:2']?.messages.length ?? 0))
    await again.actions.openThread('2:2')
    await pass(3_000)
    expect(shown(again)).toEqual(['mine: stored'])
    expect(Math.max(...counts)).toBe(1)
  })

  it('whose answer was lost is not shown twice when the sync brings it', async () => {
    const { world, tab } = await open()
    await tab.actions.openThread('2:2')
    const counts: number[] = []
    tab.subscribe(({ threads }) => counts.push(threads['2:2']?.messages.length ?? 0))
    // It is stored, and nothing says so: another connection has to ask.
    for (const socket of world.sockets) {
      const push = socket.push.bind(socket)
      socket.push = (frame) => (frame.type === 5 ? socket.cut() : push(frame))
    }
    tab.actions.sendMessage('2:2', 'mine')
    await pass(20_000)
    expect(shown(tab)).toEqual(['mine: stored'])
    expect(Math.max(...counts)).toBe(1)
  })
})

describe('typing', () => {
  it('is told at most every three seconds, and ends after five of rest, or with the message', async () => {
    const { world, tab } = await open()
    const told = () => world.sent.splice(0).flatMap(({ type, typing }) => (type === 7 ? [typing] : []))
    for (let key = 0; key < 10; key += 1) {
      tab.actions.setTyping('2:2', true)
      await pass(500)
    }
    expect(told()).toEqual([true, true])
    await pass(4_000)
    expect(told()).toEqual([])
    await pass(1_000)
    expect(told()).toEqual([false])
    tab.actions.setTyping('2:2', true)
    tab.actions.sendMessage('2:2', 'done')
    await pass(6_000)
    expect(told()).toEqual([true, false])
  })
})
