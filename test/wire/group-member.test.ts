/** Members of groups: roles, names, leaving, kicking, muting, and who sees what. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { history, say, sayInVain } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { actIn, create, entitle, groupInfo, joined, members, myGroup, myGroups } from '../support/group.ts'
import { call, ok, type Reply } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import type { GroupInfo } from '../support/shape.ts'
import { closeAll, connect, ofType } from '../support/socket.ts'

const reasonOf = (reply: Reply) => (reply.body as { reason?: string }).reason

afterEach(closeAll)

describe('a group of an owner, an administrator and two members', () => {
  const { ada, bob, carol, dan, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'dan', 'eve')
  let group: GroupInfo
  beforeEach(async () => {
    group = await create(ada, 'Chess')
    await entitle(ada, group, bob, 2)
    for (const one of [carol, dan]) await entitle(ada, group, one, 3)
  })
  const rolesOf = async () => (await members(ada, group)).map(({ user_id, role }) => [user_id, role])
  const lastOf = async (reader: Person) => (await history(reader, joined(group))).at(-1)

  it('lists them by role, with names and when they joined', async () => {
    const [first, second, ...others] = await rolesOf()
    expect([first, second]).toEqual([
      [ada.id, 1],
      [bob.id, 2],
    ])
    expect(new Map(others as [number, number][])).toEqual(new Map([carol, dan].map(({ id }) => [id, 3])))
    const [row] = await members(dan, group)
    expect(row).toMatchObject({ username: ada.username, nickname: ada.username, avatar: '', mute: 0, mute_until: 0 })
    const reply = await call('GET', '/api/group/members', { token: eve.token, query: { group_id: group.id } })
    expect(reasonOf(reply)).toBe('NOT_MEMBER')
    expect((await groupInfo(ada, group)).member_count).toBe(4)
  })

  it.each([
    ['the owner kicks the administrator', 'ada', 'bob', undefined],
    ['the owner kicks a member', 'ada', 'carol', undefined],
    ['the administrator kicks a member', 'bob', 'carol', undefined],
    ['the administrator cannot kick the owner', 'bob', 'ada', 'ROLE_TOO_LOW'],
    ['the administrator cannot kick themself', 'bob', 'bob', 'ROLE_TOO_LOW'],
    ['the owner cannot kick themself', 'ada', 'ada', 'ROLE_TOO_LOW'],
    ['a member kicks nobody', 'carol', 'dan', 'ROLE_TOO_LOW'],
    ['a stranger kicks nobody', 'eve', 'dan', 'NOT_MEMBER'],
    ['a stranger is not kicked', 'ada', 'eve', 'NOT_MEMBER'],
  ] as const)('%s', async (_title, who, whom, reason) => {
    const by = { ada, bob, carol, dan, eve }
    const reply = await actIn(by[who], 'kick', group, { user_id: by[whom].id })
    expect(reasonOf(reply)).toBe(reason)
    const count = reason ? 4 : 3
    expect(await members(dan, group)).toHaveLength(count)
    expect((await groupInfo(dan, group)).member_count).toBe(count)
  })

  it('kicked, one is told, sees that notice as the last, writes nothing and hears nothing', async () => {
    const [adas, carols] = [await connect({ token: ada.token }), await connect({ token: carol.token })]
    await say(adas, joined(group), 'before')
    ok(await actIn(ada, 'kick', group, { user_id: carol.id }))
    expect(await carols.next(ofType(8))).toMatchObject({ event: 'group_removed', group_id: group.id })
    await say(adas, joined(group), 'after')
    await sayInVain(carols, joined(group), 'still here?', 'NOT_MEMBER')
    expect((await history(carol, joined(group))).slice(-2)).toMatchObject([{ content: 'before' }, { from_user_id: 0 }])
    expect(await lastOf(dan)).toMatchObject({ content: 'after' })
    expect(await myGroups(carol)).toEqual([])
  })

  it('a message sent at the moment of a kick is before it, and seen by all, or refused', async () => {
    const carols = await connect({ token: carol.token })
    const sent = say(carols, joined(group), 'last word').catch(() => undefined)
    const [stored] = await Promise.all([sent, actIn(ada, 'kick', group, { user_id: carol.id })])
    const rows = await history(dan, joined(group))
    const said = rows.findIndex(({ content }) => content === 'last word')
    expect(said !== -1).toBe(stored !== undefined)
    expect(said).toBeLessThan(rows.length - (stored ? 1 : 0))
    expect((await history(carol, joined(group))).at(-1)).toMatchObject({ from_user_id: 0, seq: rows.at(-1)?.seq })
  })

  it('nobody sees what was said while they were out, before or after', async () => {
    const adas = await connect({ token: ada.token })
    await say(adas, joined(group), 'while in')
    ok(await actIn(carol, 'quit', group))
    await say(adas, joined(group), 'while out')
    await entitle(ada, group, carol, 3)
    await say(adas, joined(group), 'back again')
    const seen = (await history(carol, joined(group))).map(({ content }) => content)
    expect(seen).not.toContain('while out')
    expect(seen).toContain('back again')
    expect(await myGroup(carol, group)).toMatchObject({ unread_count: 1, role: 3 })
  })

  it('an owner who quits is followed by the administrator; the last member ends it', async () => {
    ok(await actIn(ada, 'quit', group))
    expect((await groupInfo(bob, group)).owner_id).toBe(bob.id)
    ok(await actIn(bob, 'quit', group))
    expect((await groupInfo(carol, group)).owner_id).toBe(carol.id)
    ok(await actIn(dan, 'quit', group))
    ok(await actIn(carol, 'quit', group))
    const reply = await call('GET', '/api/group/info', { token: carol.token, query: { group_id: group.id } })
    expect(reasonOf(reply)).toBe('GROUP_NOT_FOUND')
    expect(reasonOf(await actIn(eve, 'join', group))).toBe('GROUP_NOT_FOUND')
  })

  it.each([
    ['to the owner of another', 'ada', 'bob', 1, 'ROLE_TOO_LOW'],
    ['by an administrator', 'bob', 'carol', 2, 'ROLE_TOO_LOW'],
    ['by a member, of oneself', 'carol', 'carol', 2, 'ROLE_TOO_LOW'],
    ['of the owner, by oneself', 'ada', 'ada', 3, 'ROLE_TOO_LOW'],
    ['of a stranger', 'ada', 'eve', 2, 'NOT_MEMBER'],
  ] as const)('a role is not changed %s', async (_title, who, whom, new_role, reason) => {
    const by = { ada, bob, carol, dan, eve }
    const before = await rolesOf()
    const reply = await actIn(by[who], 'members/update', group, { target_id: by[whom].id, new_role, new_nickname: '' })
    expect(reasonOf(reply)).toBe(reason)
    expect(await rolesOf()).toEqual(before)
  })

  it('an administrator is made and unmade by the owner, each with a notice', async () => {
    ok(await actIn(ada, 'members/update', group, { target_id: carol.id, new_role: 2, new_nickname: '' }))
    expect((await lastOf(dan))?.content).toContain(carol.username)
    ok(await actIn(ada, 'members/update', group, { target_id: bob.id, new_role: 3, new_nickname: bob.username }))
    const roles = new Map((await rolesOf()) as [number, number][])
    expect([ada, bob, carol, dan].map(({ id }) => roles.get(id))).toEqual([1, 3, 2, 3])
  })

  it('is transferred, and has one owner then', async () => {
    expect(reasonOf(await actIn(bob, 'transfer', group, { user_id: carol.id }))).toBe('ROLE_TOO_LOW')
    ok(await actIn(ada, 'transfer', group, { user_id: carol.id }))
    expect((await rolesOf()).filter(([, role]) => role === 1)).toEqual([[carol.id, 1]])
    expect(await groupInfo(ada, group)).toMatchObject({ owner_id: carol.id })
    expect(reasonOf(await actIn(ada, 'dissolve', group))).toBe('ROLE_TOO_LOW')
  })

  it('two transfers at once leave one owner', async () => {
    await Promise.all([bob, carol].map(({ id }) => actIn(ada, 'transfer', group, { user_id: id })))
    const owners = (await rolesOf()).filter(([, role]) => role === 1)
    expect(owners).toEqual([[(await groupInfo(ada, group)).owner_id, 1]])
  })

  it('calls members what they want, or those above them; what is unchanged changes nothing', async () => {
    const name = (who: Person, whom: Person, new_nickname: string, new_role = 3) =>
      actIn(who, 'members/update', group, { target_id: whom.id, new_nickname, new_role })
    ok(await name(carol, carol, 'Rook'))
    ok(await name(bob, dan, 'Pawn'))
    expect(reasonOf(await name(carol, dan, 'Knight'))).toBe('ROLE_TOO_LOW')
    ok(await name(ada, ada, ada.username, 1))
    const adas = await connect({ token: ada.token })
    const carols = await connect({ token: carol.token })
    await say(carols, joined(group), 'check')
    expect(await adas.next(ofType(3))).toMatchObject({ nickname: 'Rook' })
    expect(await lastOf(dan)).toMatchObject({ sender_name: 'Rook', content: 'check' })
    ok(await name(carol, carol, ''))
    expect(await lastOf(dan)).toMatchObject({ sender_name: carol.username })
  })

  it('a muted member is refused until it is over, and others are not', async () => {
    const [carols, dans] = [await connect({ token: carol.token }), await connect({ token: dan.token })]
    ok(await actIn(bob, 'mute', group, { user_id: carol.id, muted: true }))
    await sayInVain(carols, joined(group), 'but', 'MUTED')
    await say(dans, joined(group), 'quiet here')
    expect((await members(ada, group)).find(({ user_id }) => user_id === carol.id)).toMatchObject({ mute: 1 })
    ok(await actIn(bob, 'mute', group, { user_id: carol.id, muted: false }))
    await say(carols, joined(group), 'thanks')
    ok(await actIn(bob, 'mute', group, { user_id: carol.id, muted: true, seconds: 1 }))
    await sayInVain(carols, joined(group), 'again?', 'MUTED')
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    await say(carols, joined(group), 'back')
    expect(reasonOf(await actIn(carol, 'mute', group, { user_id: dan.id, muted: true }))).toBe('ROLE_TOO_LOW')
    expect(reasonOf(await actIn(bob, 'mute', group, { user_id: ada.id, muted: true }))).toBe('ROLE_TOO_LOW')
  })

  it('a muted member who leaves and comes back is still muted', async () => {
    ok(await actIn(bob, 'mute', group, { user_id: carol.id, muted: true }))
    ok(await actIn(carol, 'quit', group))
    await entitle(ada, group, carol, 3)
    await sayInVain(await connect({ token: carol.token }), joined(group), 'back', 'MUTED')
    ok(await actIn(bob, 'mute', group, { user_id: carol.id, muted: false }))
  })

  it('nobody is called what speaks for the service', async () => {
    for (const new_nickname of ['admin', '管理员']) {
      const reply = await actIn(carol, 'members/update', group, { target_id: carol.id, new_nickname })
      expect(reply.status).toBe(400)
    }
  })

  it('while all are muted, only the owner and administrators write', async () => {
    const [bobs, carols] = [await connect({ token: bob.token }), await connect({ token: carol.token })]
    ok(await actIn(bob, 'mute', group, { muted: true }))
    expect(await groupInfo(carol, group)).toMatchObject({ muted: true })
    await sayInVain(carols, joined(group), 'but', 'MUTED')
    await say(bobs, joined(group), 'listen')
    ok(await actIn(bob, 'mute', group, { muted: false }))
    await say(carols, joined(group), 'at last')
  })

  it('who is banned is out and stays out, until it is lifted', async () => {
    ok(await actIn(bob, 'ban', group, { user_id: carol.id, banned: true }))
    expect(await myGroups(carol)).toEqual([])
    expect(reasonOf(await actIn(carol, 'join', group))).toBe('NOT_ADMITTED')
    await befriend(bob, carol)
    expect(reasonOf(await actIn(bob, 'invite', group, { user_ids: [carol.id] }))).toBe('NOT_ADMITTED')
    ok(await actIn(bob, 'ban', group, { user_id: carol.id, banned: false }))
    await entitle(ada, group, carol, 3)
    ok(await actIn(bob, 'ban', group, { user_id: eve.id, banned: true }))
    expect(reasonOf(await actIn(eve, 'join', group))).toBe('NOT_ADMITTED')
    expect(await history(eve, joined(group))).toEqual([])
    expect(reasonOf(await actIn(bob, 'ban', group, { user_id: ada.id, banned: true }))).toBe('ROLE_TOO_LOW')
    expect(reasonOf(await actIn(dan, 'ban', group, { user_id: eve.id, banned: true }))).toBe('ROLE_TOO_LOW')
  })

  it('dissolved, it tells all, and all may still read', async () => {
    const dans = await connect({ token: dan.token })
    await say(dans, joined(group), 'bye')
    ok(await actIn(ada, 'dissolve', group))
    expect(await dans.next(ofType(8))).toMatchObject({ event: 'group_removed', group_id: group.id })
    await sayInVain(dans, joined(group), 'bye?', 'NOT_MEMBER')
    expect((await history(dan, joined(group))).slice(-2)).toMatchObject([{ content: 'bye' }, { from_user_id: 0 }])
    for (const one of [ada, bob, carol, dan]) expect(await myGroups(one)).toEqual([])
  })

  it('says who has read a message', async () => {
    const adas = await connect({ token: ada.token })
    const { seq } = await say(adas, joined(group), 'read this')
    const reads = async () =>
      (await call('GET', '/api/group/reads', { token: dan.token, query: { group_id: group.id, seq } })).body
    expect(await reads()).toMatchObject({ code: 0, data: { read: 0, total: 3, user_ids: [] } })
    ok(await call('POST', '/api/group/mark-read', { token: carol.token, body: { target_id: group.id } }))
    expect(await adas.next(ofType(6))).toMatchObject({ from_id: carol.id, target_id: group.id, chat_type: 3, seq })
    expect(await reads()).toMatchObject({ data: { read: 1, total: 3, user_ids: [carol.id] } })
  })

  it('tells a member only of what that one wants to be told', async () => {
    ok(await call('POST', '/api/group/notify', { token: dan.token, body: { group_id: group.id, level: 2 } }))
    expect(await myGroup(dan, group)).toMatchObject({ notify: 2 })
    expect(await myGroup(ada, group)).toMatchObject({ notify: 0 })
    const reply = await call('POST', '/api/group/notify', { token: eve.token, body: { group_id: group.id, level: 2 } })
    expect(reasonOf(reply)).toBe('NOT_MEMBER')
  })
})
