/** How a person hears of what they do not see. */
import { describe, expect, it } from 'vitest'
import { me, World } from '../../../client/test/world.ts'
import { pass, playTime, Tabs, type Target } from '../page.ts'

playTime()

async function twoTabs() {
  const world = new World([2, 3])
  const tabs = new Tabs()
  const [first, second] = [await tabs.open(world), await tabs.open(world)]
  await pass(1_000)
  return { world, tabs, first, second }
}

it('the badge has the number of all that is unread', async () => {
  const { world, first } = await twoTabs()
  for (const peer of [2, 3]) world.say(peer, peer, 'hello')
  world.say(2, me, 'mine')
  await pass(500)
  expect(first.badges.at(-1)).toBe(2)
  await first.actions.openThread('2:2')
  first.actions.markRead('2:2', 1)
  await pass(100)
  expect(first.badges.at(-1)).toBe(1)
  await first.actions.signOut()
  await pass(100)
  expect(first.badges.at(-1)).toBe(0)
})

describe('notifications', () => {
  it('are for those who want them, and are allowed to', async () => {
    const { world, tabs, first, second } = await twoTabs()
    world.say(2, 2, 'hello')
    await pass(3_000)
    expect(tabs.notifications).toEqual([])
    tabs.permission = 'default'
    expect(await first.actions.setNotifications(true)).toBe('on')
    await pass(100)
    expect([first.state.notifications, second.state.notifications]).toEqual(['on', 'on'])
    expect(await first.actions.setNotifications(false)).toBe('off')
    tabs.permission = 'denied'
    expect(await first.actions.setNotifications(true)).toBe('denied')
  })

  it('come once for a message, with the title and its beginning, and open the conversation', async () => {
    const { world, tabs, first } = await twoTabs()
    await first.actions.setNotifications(true)
    const chosen: string[] = []
    first.actions.onConversationChosen((key) => chosen.push(key))
    world.say(2, 2, `${'hello '.repeat(30)}`)
    world.say(2, me, 'by another device')
    await pass(3_000)
    const [one, ...more] = tabs.notifications
    expect(more).toEqual([])
    expect(one).toMatchObject({ title: 'peer 2', options: { tag: '2:2' } })
    expect(one?.options.body).toHaveLength(100)
    one?.onclick?.()
    expect([chosen, first.window.focused, one?.isClosed]).toEqual([['2:2'], 1, true])
  })

  it('do not come for what is seen, in this tab or another, nor for what was read elsewhere', async () => {
    const { world, tabs, first, second } = await twoTabs()
    await first.actions.setNotifications(true)
    first.document.visibilityState = 'hidden'
    await first.actions.openThread('2:2')
    await second.actions.openThread('2:2')
    world.say(2, 2, 'seen in the second tab')
    await pass(200)
    second.actions.markRead('2:2', 1)
    await pass(3_000)
    first.document.visibilityState = 'visible'
    world.say(2, 2, 'seen in the first tab')
    await pass(3_000)
    expect(tabs.notifications).toEqual([])
    first.document.visibilityState = 'hidden'
    world.say(2, 2, 'seen by nobody')
    await pass(3_000)
    expect(tabs.notifications).toMatchObject([{ options: { body: 'seen by nobody' } }])
  })

  it('come from another tab when the one that told is gone', async () => {
    const { world, tabs, first } = await twoTabs()
    await first.actions.setNotifications(true)
    first.crash()
    await pass(2_000)
    world.say(2, 2, 'hello')
    await pass(3_000)
    expect(tabs.notifications).toHaveLength(1)
  })
})

describe('a call that rings', () => {
  const call = { name: 'peer 2', text: 'Calls you' }
  const turn = (tab: { document: Target }, state: 'hidden' | 'visible') => {
    tab.document.visibilityState = state
    tab.document.dispatch('visibilitychange')
  }

  it('is told of while the tab is hidden, until it rings no longer', async () => {
    const { tabs, first } = await twoTabs()
    await first.actions.setNotifications(true)
    turn(first, 'hidden')
    first.actions.announceCall(call)
    expect(tabs.notifications).toMatchObject([
      { title: 'peer 2', options: { body: 'Calls you', requireInteraction: true }, isClosed: false },
    ])
    first.actions.announceCall(undefined)
    expect(tabs.notifications).toMatchObject([{ isClosed: true }])
    turn(first, 'visible')
    turn(first, 'hidden')
    expect(tabs.notifications).toHaveLength(1)
  })

  it('is told of when the tab is hidden meanwhile, and not once it is seen', async () => {
    const { tabs, first } = await twoTabs()
    await first.actions.setNotifications(true)
    first.actions.announceCall(call)
    expect(tabs.notifications).toEqual([])
    turn(first, 'hidden')
    expect(tabs.notifications).toMatchObject([{ isClosed: false }])
    turn(first, 'visible')
    expect(tabs.notifications).toMatchObject([{ isClosed: true }])
  })

  it('leads to its tab, and comes from one tab, to those who want it', async () => {
    const { tabs, first, second } = await twoTabs()
    for (const tab of [first, second]) turn(tab, 'hidden')
    for (const tab of [first, second]) tab.actions.announceCall(call)
    expect(tabs.notifications).toEqual([])
    await first.actions.setNotifications(true)
    await pass(100)
    for (const tab of [first, second]) tab.actions.announceCall(call)
    expect(tabs.notifications).toHaveLength(1)
    tabs.notifications[0]?.onclick?.()
    expect([first.window.focused, tabs.notifications[0]?.isClosed]).toEqual([1, true])
  })
})
