/** Who is signed in, in all tabs of a browser. */
import { describe, expect, it } from 'vitest'
import { reply, World } from '../../../client/test/world.ts'
import { pass, playTime, Tabs } from '../page.ts'

playTime()

const done = (data?: unknown) => () => reply({ code: 0, msg: '', data }, 200)
const refused =
  (reason: string, status = 200) =>
  () =>
    reply({ code: -1, msg: '', reason }, status)

function worldOf(): World {
  const world = new World([2, 3])
  const { token, username, nickname, user_id } = world.session
  world.answers.set('/api/user/login', done({ token, username, nickname }))
  world.answers.set('/api/user/info', done({ id: user_id, username }))
  world.answers.set('/api/user/logout', done())
  return world
}

const end = (world: World, reason: string) => {
  for (const socket of world.sockets) socket.deliver({ type: 10, reason, reconnect_after_ms: 0 })
}

async function twoTabs(world = worldOf()) {
  const tabs = new Tabs()
  const [first, second] = [await tabs.open(world), await tabs.open(world)]
  await pass(1_000)
  return { world, tabs, first, second }
}

describe('a session', () => {
  it('is kept, and gone on with after a reload', async () => {
    const world = worldOf()
    const tabs = new Tabs()
    const tab = await tabs.open(world, null)
    expect(tab.state.session).toBeUndefined()
    await tab.actions.signIn('me', 'a password')
    await pass(500)
    expect(tab.state).toMatchObject({
      session: { user_id: 1 },
      connection: 'open',
      isListed: true,
      order: ['2:2', '2:3'],
    })
    tab.crash()
    const again = await tabs.open(world, null)
    expect(again.state.session).toEqual(world.session)
  })

  it.each([
    ['no JSON', '{'],
    ['of another shape', '{"token":5}'],
    ['of another service', JSON.stringify({ ...new World([]).session, url: 'http://elsewhere' })],
    ['none', 'null'],
  ])('that is %s is thrown away', async (_what, text) => {
    const tabs = new Tabs()
    tabs.kept.set('gochat.session', text)
    const { state } = await tabs.open(worldOf())
    expect(state.session).toBeUndefined()
    expect(tabs.kept.has('gochat.session')).toBe(false)
  })

  it('begins in all tabs, and ends in all', async () => {
    const world = worldOf()
    const tabs = new Tabs()
    const [first, second] = [await tabs.open(world, null), await tabs.open(world, null)]
    await first.actions.signIn('me', 'a password')
    await pass(500)
    expect(second.state).toMatchObject({ session: { user_id: 1 }, connection: 'open' })
    await second.actions.signOut()
    await pass(100)
    for (const { state } of [first, second])
      expect(state).toMatchObject({ session: undefined, connection: 'idle', conversations: {}, endReason: undefined })
    expect(world.calls).toContain('/api/user/logout')
    expect(world.sockets.size).toBe(0)
  })

  it('that the service ends is dropped everywhere, with the reason', async () => {
    const { world, tabs, first, second } = await twoTabs()
    end(world, 'SESSION_ENDED')
    await pass(500)
    for (const { state } of [first, second])
      expect(state).toMatchObject({ session: undefined, connection: 'idle', endReason: 'SESSION_ENDED' })
    expect(tabs.kept.has('gochat.session')).toBe(false)
  })

  it('ends by the answer to any call, too', async () => {
    const { world, first } = await twoTabs()
    world.answers.set('/api/user/profile', refused('TOKEN_EXPIRED', 401))
    await expect(first.actions.loadProfile()).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' })
    expect(first.state).toMatchObject({ session: undefined, endReason: 'TOKEN_EXPIRED' })
  })

  it('stays when another device takes the place of this one, until the person comes back', async () => {
    const { world, tabs, first } = await twoTabs()
    end(world, 'TOO_MANY_CONNECTIONS')
    await pass(500)
    expect(first.state).toMatchObject({
      session: { user_id: 1 },
      connection: 'ended',
      endReason: 'TOO_MANY_CONNECTIONS',
    })
    first.window.dispatch('online')
    await pass(5_000)
    expect(first.state.connection).toBe('ended')
    first.actions.reconnect()
    await pass(500)
    expect(first.state).toMatchObject({ connection: 'open', endReason: undefined })
    expect(tabs.kept.has('gochat.session')).toBe(true)
  })

  it('stays while the service is down', async () => {
    const world = worldOf()
    for (const path of ['/api/friend/list', '/api/ws/ticket', '/api/user/profile'])
      world.answers.set(path, refused('UNAVAILABLE', 503))
    const tab = await new Tabs().open(world)
    await expect(tab.actions.loadProfile()).rejects.toMatchObject({ reason: 'UNAVAILABLE' })
    await pass(60_000)
    expect(tab.state).toMatchObject({ session: { user_id: 1 }, connection: 'lost', isListed: false })
    world.answers.clear()
    await pass(60_000)
    expect(tab.state).toMatchObject({ connection: 'open', isListed: true })
  })
})

describe('signing out', () => {
  it('leaves nothing in the browser, though the service cannot be reached', async () => {
    const { world, tabs, first } = await twoTabs()
    world.refusal = { code: -1, reason: 'NOT_FRIENDS', msg: '', retryable: false }
    first.actions.sendMessage('2:2', 'refused')
    await pass(500)
    world.isMute = true
    first.actions.sendMessage('2:2', 'waits')
    await pass(500)
    world.answers.set('/api/user/logout', refused('UNAVAILABLE', 503))
    await first.actions.signOut()
    expect(first.state).toMatchObject({ session: undefined, notice: { reason: 'UNAVAILABLE' } })
    expect([...tabs.kept.values()].join()).not.toMatch(/token|refused|waits/)
    world.isMute = false
    world.refusal = undefined
    await pass(500)
    const again = await tabs.open(world)
    await again.actions.openThread('2:2')
    await pass(15_000)
    expect(again.thread().messages).toEqual([])
    expect(world.stored.get(2)).toEqual([])
  })

  it('leaves no draft in any tab, and an end that nobody asked for leaves them', async () => {
    const drafts = () => new Map([['draft', 'Half a thought']])
    for (const [isAsked, left] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const { world, first, second } = await twoTabs()
      const kept = [first, second].map(({ platform }) => {
        const own = drafts()
        platform.tabStorage = own
        return own
      })
      if (isAsked) await first.actions.signOut()
      else end(world, 'SESSION_ENDED')
      await pass(100)
      for (const { state } of [first, second]) expect(state.session).toBeUndefined()
      expect(kept.map(({ size }) => size)).toEqual([left, left])
    }
  })
})

describe('a change of the password', () => {
  it('goes on in all tabs with the new token, and what waits is sent', async () => {
    const { world, first, second } = await twoTabs()
    world.isMute = true
    second.actions.sendMessage('2:2', 'waits')
    await pass(500)
    world.answers.set('/api/user/password/update', () => {
      // The old session has ended before the answer is there.
      end(world, 'SESSION_ENDED')
      return done({ token: 'another token' })()
    })
    await first.actions.changePassword('old', 'new')
    world.isMute = false
    await pass(2_000)
    for (const { state } of [first, second])
      expect(state).toMatchObject({ session: { token: 'another token' }, connection: 'open', endReason: undefined })
    expect(world.stored.get(2)).toMatchObject([{ content: 'waits' }])
  })

  it('that is heard of late still leads to the new token', async () => {
    const { world, first, second } = await twoTabs()
    let answer = (_: Response) => {}
    world.answers.set('/api/user/password/update', () => {
      end(world, 'SESSION_ENDED')
      return new Promise<Response>((resolve) => {
        answer = resolve
      }) as unknown as Response
    })
    const changed = first.actions.changePassword('old', 'new')
    await pass(8_000)
    for (const { state } of [first, second])
      expect(state).toMatchObject({ session: { token: 'token' }, connection: 'connecting' })
    answer(done({ token: 'another token' })())
    await changed
    await pass(1_000)
    for (const { state } of [first, second])
      expect(state).toMatchObject({ session: { token: 'another token' }, connection: 'open' })
  })

  it('that is refused changes nothing', async () => {
    const { world, first } = await twoTabs()
    world.answers.set('/api/user/password/update', refused('WRONG_PASSWORD'))
    await expect(first.actions.changePassword('old', 'new')).rejects.toMatchObject({ reason: 'WRONG_PASSWORD' })
    await pass(30_000)
    expect(first.state).toMatchObject({ session: { token: 'token' }, connection: 'open' })
  })

  it('whose answer never comes ends the session in the end', async () => {
    const { world, first } = await twoTabs()
    world.answers.set('/api/user/password/update', () => {
      end(world, 'SESSION_ENDED')
      throw new TypeError('fetch failed')
    })
    await expect(first.actions.changePassword('old', 'new')).rejects.toMatchObject({ reason: 'UNREACHABLE' })
    await pass(30_000)
    expect(first.state).toMatchObject({ session: undefined, endReason: 'SESSION_ENDED' })
  })
})

it('a deleted account leaves nothing in the browser', async () => {
  const { world, tabs, first, second } = await twoTabs()
  world.answers.set('/api/user/delete', done())
  await first.actions.deleteAccount('a password')
  await pass(100)
  for (const { state } of [first, second]) expect(state.session).toBeUndefined()
  expect([...tabs.kept.values()].join()).not.toContain('token')
})

describe('an export', () => {
  it('is one file of all pages, and waits as long as the service says', async () => {
    const { world, first } = await twoTabs()
    const link = (cursor: number) => ({ link: `</api/user/export?cursor=${cursor}>; rel="next"` })
    const pages = [
      () => reply({ code: 0, msg: '', data: [{ kind: 'profile' }] }, 200, link(1)),
      () => reply({ code: 0, msg: '', data: [] }, 200, link(2)),
      () => reply({ code: 429, msg: '', reason: 'TOO_MANY_REQUESTS' }, 429, { 'retry-after': '9' }),
      () => reply({ code: 0, msg: '', data: [{ kind: 'message', content: '你好' }, { kind: 'message' }] }, 200),
    ]
    world.answers.set('/api/user/export', () => (pages.shift() ?? refused('FAULT'))())
    const progress: number[] = []
    const file = first.actions.exportData((entries) => progress.push(entries))
    await pass(8_000)
    expect(progress).toEqual([1, 1])
    await pass(2_000)
    const all = [{ kind: 'profile' }, { kind: 'message', content: '你好' }, { kind: 'message' }]
    expect(JSON.parse(await (await file).text())).toEqual(all)
    expect(progress).toEqual([1, 1, 3])
  })
})
