/** Changes of messages: at once, taken back when they are refused, and counted by nobody. */
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

const shown = ({ thread }: Tab) =>
  thread().messages.map(({ seq, content, isEdited, isRecalled, reactions }) => ({
    ...{ seq, content },
    ...(isEdited && { isEdited }),
    ...(isRecalled && { isRecalled }),
    ...(reactions && { reactions }),
  }))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('a change', () => {
  it('is no message: neither unread nor a notification, nor above the divider, and a mark passes over it', async () => {
    const { world, tabs, tab } = await open()
    await tab.actions.setNotifications(true)
    world.say(2, 2, 'Te?')
    await pass(3_000)
    world.change(2, 2, { seq: 1, action: 'edit' }, 'Tea?')
    world.change(2, 2, { seq: 1, action: 'react' }, '👍')
    await pass(3_000)
    expect(tabs.notifications).toHaveLength(1)
    expect(tab.state.conversations['2:2']).toMatchObject({ unread: 1, lastSeq: 3 })
    await tab.actions.openThread('2:2')
    expect(shown(tab)).toEqual([
      { seq: 1, content: 'Tea?', isEdited: true, reactions: [{ emoji: '👍', user_ids: [2] }] },
    ])
    expect(tab.thread().unreadFromSeq).toBe(1)
    tab.actions.markRead('2:2', 1)
    await pass(100)
    expect(world.marks.get(2)).toBe(3)
    tab.actions.closeThread('2:2')
    world.change(2, 2, { seq: 1, action: 'react' })
    await pass(100)
    await tab.actions.openThread('2:2')
    expect(tab.thread().unreadFromSeq).toBeUndefined()
  })

  it('of what was said last takes its words out of the list, and a reaction changes nothing there', async () => {
    const { world, tab } = await open()
    world.say(2, 2, 'A secret')
    await pass(100)
    const { lastAt } = tab.state.conversations['2:2'] ?? {}
    world.change(2, 2, { seq: 1, action: 'react' }, '👍')
    await pass(100)
    expect(tab.state.conversations['2:2']).toMatchObject({ preview: 'A secret', lastAt })
    world.change(2, 2, { seq: 1, action: 'recall' })
    await pass(100)
    expect(tab.state.conversations['2:2']).toMatchObject({ preview: 'somebody: recall', lastAt })
  })

  it('of one’s own is shown at once, and stays', async () => {
    const { world, tab } = await open()
    world.say(2, 2, 'Tea?')
    world.say(2, me, 'Ye')
    world.say(2, me, 'Never')
    await tab.actions.openThread('2:2')
    await pass(100)
    world.isMute = true
    void tab.actions.reactTo('2:2', 1, '👍')
    void tab.actions.editMessage('2:2', 2, 'Yes')
    void tab.actions.recallMessage('2:2', 3)
    await pass(10)
    const expected = [
      { seq: 1, content: 'Tea?', reactions: [{ emoji: '👍', user_ids: [me] }] },
      { seq: 2, content: 'Yes', isEdited: true },
      { seq: 3, content: '', isRecalled: true },
    ]
    expect(shown(tab)).toEqual(expected)
    world.isMute = false
    await pass(30_000)
    expect(shown(tab)).toEqual(expected)
    expect(world.stored.get(2)).toHaveLength(6)
    expect(tab.state.conversations['2:2']).toMatchObject({ lastSeq: 6, unread: 1 })
  })

  it('that waits is shown after a reload, too', async () => {
    const { world, tabs, tab } = await open()
    world.say(2, me, 'Ye')
    await pass(100)
    world.isMute = true
    await tab.actions.openThread('2:2')
    void tab.actions.editMessage('2:2', 1, 'Yes')
    await pass(100)
    tab.crash()
    const again = await tabs.open(world)
    await again.actions.openThread('2:2')
    await pass(500)
    expect(shown(again)).toEqual([{ seq: 1, content: 'Yes', isEdited: true }])
  })

  it('that is refused is taken back, and says why', async () => {
    const { world, tabs, tab } = await open()
    world.say(2, me, 'Yes')
    await tab.actions.openThread('2:2')
    await pass(100)
    world.refusal = { code: -1, reason: 'TOO_LATE', msg: 'no', retryable: false }
    const edit = tab.actions.editMessage('2:2', 1, 'No')
    await pass(500)
    expect(await edit).toBe(false)
    expect(shown(tab)).toEqual([{ seq: 1, content: 'Yes' }])
    expect(tab.state.notice?.reason).toBe('TOO_LATE')
    expect([...tabs.kept.keys()]).toEqual(['gochat.session'])
    expect(await tab.actions.editMessage('2:2', 1, '测'.repeat(6_000))).toBe(false)
    expect(tab.state.notice?.reason).toBe('TOO_LARGE')
  })

  it('changes messages that are loaded after it', async () => {
    const world = new World([2])
    for (const index of upTo(120)) world.say(2, 2, `message ${index}`)
    world.marks.set(2, 120)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    // The page that is on its way knows nothing of what is told before it comes.
    const stale = (world.stored.get(2) ?? []).slice(20, 70).map((row) => ({ ...row }))
    world.answers.set('/api/chat/history', () => reply({ code: 0, msg: '', data: stale }, 200))
    world.change(2, 2, { seq: 30, action: 'edit' }, 'another text')
    await pass(100)
    await tab.actions.loadOlder('2:2')
    expect(tab.thread().messages.find(({ seq }) => seq === 30)).toMatchObject({
      content: 'another text',
      isEdited: true,
    })
  })

  it('and nothing else at the end of a conversation does not hide what was said', async () => {
    const world = new World([2, 3, 4])
    world.say(2, 2, 'Tea?')
    for (const index of upTo(250)) world.change(2, 2, { seq: 1, action: 'react' }, index % 2 ? '👍' : '🎉')
    world.marks.set(2, 251)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    expect(shown(tab)).toMatchObject([{ seq: 1, reactions: [{ emoji: '🎉', user_ids: [2] }] }])
    for (const peer of [3, 4]) await tab.actions.openThread(`2:${peer}`)
    await pass(10)
    expect(tab.thread().messages).toHaveLength(1)
  })
})

describe('an answer', () => {
  it('names what it answers, also when it is sent again', async () => {
    const { world, tab } = await open()
    world.say(2, 2, 'Tea?')
    await tab.actions.openThread('2:2')
    await pass(100)
    world.refusal = { code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false }
    tab.actions.sendMessage('2:2', 'Yes', 1, { reply_to: 1 })
    await pass(500)
    const failed = tab.thread().messages.at(-1)
    expect(failed).toMatchObject({ state: 'failed', replyTo: 1 })
    world.refusal = undefined
    tab.actions.retryMessage('2:2', failed?.key ?? '')
    await pass(500)
    expect(tab.thread().messages.at(-1)).toMatchObject({ state: 'stored', replyTo: 1 })
    expect(world.stored.get(2)?.at(-1)).toMatchObject({ content: 'Yes', reply_to: 1 })
  })

  it('finds a message that is not in memory, and follows what becomes of it', async () => {
    const world = new World([2])
    for (const index of upTo(120)) world.say(2, 2, `message ${index}`)
    world.marks.set(2, 120)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    for (const seq of [1, 1, 999]) void tab.actions.loadQuoted('2:2', seq)
    await pass(100)
    expect(world.calls.filter((path) => path === '/api/chat/history')).toHaveLength(3)
    expect(tab.state.quoted).toMatchObject({ '2:2 1': { content: 'message 1' }, '2:2 999': null })
    world.change(2, 2, { seq: 1, action: 'recall' })
    await pass(100)
    expect(tab.state.quoted['2:2 1']).toMatchObject({ content: '', isRecalled: true })
  })

  it('is read anew by whoever signs in next', async () => {
    const world = new World([2])
    world.say(2, 2, 'Tea?')
    const { token, username, nickname, user_id } = world.session
    const done = (data?: unknown) => () => reply({ code: 0, msg: '', data }, 200)
    world.answers.set('/api/user/login', done({ token, username, nickname }))
    world.answers.set('/api/user/info', done({ id: user_id, username }))
    world.answers.set('/api/user/logout', done())
    const { tab } = await open(world)
    await tab.actions.loadQuoted('2:2', 1)
    expect(Object.keys(tab.state.quoted)).toEqual(['2:2 1'])
    await tab.actions.signOut()
    expect(tab.state.quoted).toEqual({})
    await tab.actions.signIn('me', 'a password')
    await tab.actions.loadQuoted('2:2', 1)
    expect(Object.keys(tab.state.quoted)).toEqual(['2:2 1'])
  })

  it('leads to that message, or says that it is not there', async () => {
    const world = new World([2])
    for (const index of upTo(500)) world.say(2, 2, `message ${index}`)
    world.marks.set(2, 500)
    const { tab } = await open(world)
    await tab.actions.openThread('2:2')
    const said = () => tab.thread().messages.find(({ seq }) => seq === 60)
    expect(await tab.actions.lookAt('2:2', 60)).toBe(true)
    expect(said()).toMatchObject({ content: 'message 60' })
    world.change(2, 2, { seq: 60, action: 'recall' })
    await pass(100)
    expect(said()).toMatchObject({ isRecalled: true })
    expect(await tab.actions.lookAt('2:2', 501)).toBe(false)
    expect(said()).toBeDefined()
    expect(tab.state.notice?.reason).toBe('MESSAGE_NOT_FOUND')
  })
})

describe('in a group', () => {
  const listed = (more: object) => ({
    ...{ id: 9, code: 'TEA', name: 'Tea', icon: '', owner_id: 2, member_count: 3, role: 3, notify: 0 },
    ...{ unread_count: 0, mention_count: 0, last_message_time: 1, content: '', last_seq: 0, read_seq: 0 },
    ...more,
  })
  const worldOf = (more: object = {}) => {
    const world = new World([2])
    world.answers.set('/api/group/my-groups', () => reply({ code: 0, msg: '', data: [listed(more)] }, 200))
    return world
  }
  let id = 0
  const say = (world: World, seq: number, more: object = {}) => {
    id += 1
    const about = { type: 3, id, seq, from_id: 2, from_user_id: 2, target_id: 9, media: 1, nickname: 'Two', avatar: '' }
    const frame = { ...about, content: `message ${seq}`, send_time: 5, created_at: 5_000 + seq, ...more }
    for (const socket of world.sockets) socket.deliver(frame)
  }
  const group = ({ state }: Tab) => state.conversations['3:9']

  it('mentions are counted until they are read', async () => {
    const { world, tab } = await open(worldOf({ unread_count: 2, mention_count: 1, last_seq: 2 }))
    expect(group(tab)).toMatchObject({ unread: 2, mentions: 1 })
    say(world, 3, { mentions: [me] })
    say(world, 4, { mentions: [7] })
    say(world, 5, { mentions: [0] })
    say(world, 6, { mentions: [0], from_id: me, from_user_id: me })
    await pass(100)
    expect(group(tab)).toMatchObject({ unread: 5, mentions: 3 })
    for (const socket of world.sockets) socket.deliver({ type: 6, from_id: me, target_id: 9, chat_type: 3, seq: 6 })
    await pass(100)
    expect(group(tab)).toMatchObject({ unread: 0, mentions: 0 })
  })

  it.each([
    [0, ['message 1', 'message 2', 'message 3']],
    [1, ['message 2', 'message 3']],
    [2, []],
  ])('of which one wants to hear by level %i, that is what one is told of', async (notify, bodies) => {
    const { world, tabs, tab } = await open(worldOf({ notify }))
    await tab.actions.setNotifications(true)
    for (const [seq, mentions] of [
      [1, [7]],
      [2, [me]],
      [3, [0]],
    ] as const) {
      say(world, seq, { mentions })
      await pass(3_000)
    }
    expect(tabs.notifications.map(({ options }) => options.body)).toEqual(bodies)
  })

  it('members are read once, and again when a notice says that something has changed', async () => {
    const world = worldOf()
    const members = [{ user_id: 2, username: 'two', nickname: 'Two', avatar: '', role: 1, mute: 0 }]
    world.answers.set('/api/group/members', () => reply({ code: 0, msg: '', data: members }, 200))
    const { tab } = await open(world)
    const asked = () => world.calls.filter((path) => path === '/api/group/members').length
    say(world, 1, { from_id: 0, from_user_id: 0 })
    await pass(100)
    expect(asked()).toBe(0)
    for (let time = 0; time < 2; time += 1) void tab.actions.loadMembers('3:9')
    await pass(100)
    await tab.actions.loadMembers('3:9')
    expect([asked(), tab.state.members]).toEqual([1, { '3:9': members }])
    say(world, 2, { from_id: 0, from_user_id: 0 })
    await pass(100)
    expect(asked()).toBe(2)
  })
})
