/** Joining groups: requests, verdicts, invitations, and what happens at once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { history, say } from '../support/chat.ts'
import { accept, befriend, refuse } from '../support/friend.ts'
import {
  actIn,
  create,
  decideIn,
  entitle,
  groupInfo,
  groupRequestOf,
  groupRequests,
  joined,
  members,
  myGroup,
  myGroups,
} from '../support/group.ts'
import { ok, type Reply } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import type { GroupInfo } from '../support/shape.ts'
import { closeAll, connect, ofType } from '../support/socket.ts'

const reasonOf = (reply: Reply) => (reply.body as { reason?: string }).reason

afterEach(closeAll)

describe('a request to join', () => {
  const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
  let group: GroupInfo
  beforeEach(async () => {
    group = await create(ada, 'Chess')
    await entitle(ada, group, bob, 2)
  })

  it('reaches owner and administrators, with its remark', async () => {
    const bobs = await connect({ token: bob.token })
    ok(await actIn(carol, 'join', group, { remark: 'I play, too' }))
    expect(await bobs.next(ofType(8))).toEqual({
      type: 8,
      event: 'group_request',
      group_id: group.id,
      user_id: carol.id,
    })
    for (const one of [ada, bob]) {
      const row = await groupRequestOf(one, carol, group)
      expect(row).toMatchObject({ group_name: 'Chess', sender_name: carol.username, remark: 'I play, too', status: 0 })
    }
    expect(await groupRequests(carol)).toEqual([])
    expect(await myGroups(carol)).toEqual([])
  })

  it('waits once, and is none of a member', async () => {
    ok(await actIn(carol, 'join', group))
    expect(reasonOf(await actIn(carol, 'join', group))).toBe('REQUEST_PENDING')
    expect(reasonOf(await actIn(bob, 'join', group))).toBe('ALREADY_MEMBER')
    expect(reasonOf(await actIn(carol, 'join', nobody))).toBe('GROUP_NOT_FOUND')
    expect(await groupRequests(ada)).toHaveLength(1)
  })

  it('accepted, makes a member, with a notice that is the first thing that one sees', async () => {
    const [adas, carols] = [await connect({ token: ada.token }), await connect({ token: carol.token })]
    await say(adas, joined(group), 'among us')
    ok(await actIn(carol, 'join', group))
    const { id } = await groupRequestOf(ada, carol, group)
    ok(await decideIn(bob, id, accept))
    expect(await carols.next(ofType(3))).toMatchObject({ from_id: 0, target_id: group.id, nickname: 'Chess' })
    expect(await carols.next(ofType(8))).toMatchObject({ event: 'group_joined', group_id: group.id })
    expect(await history(carol, joined(group))).toMatchObject([{ from_user_id: 0 }])
    expect(await myGroup(carol, group)).toMatchObject({ unread_count: 0 })
    expect((await groupInfo(carol, group)).member_count).toBe(3)
    expect(reasonOf(await decideIn(ada, id, accept))).toBe('REQUEST_NOT_FOUND')
    expect(await groupRequests(ada)).toEqual([])
  })

  it('declined, makes none, and may be made again', async () => {
    ok(await actIn(carol, 'join', group))
    ok(await decideIn(ada, (await groupRequestOf(ada, carol, group)).id, refuse))
    expect(await myGroups(carol)).toEqual([])
    expect(await groupRequests(ada)).toEqual([])
    ok(await actIn(carol, 'join', group))
  })

  it('is decided by those who run the group alone', async () => {
    await entitle(ada, group, eve, 3)
    ok(await actIn(carol, 'join', group))
    const { id } = await groupRequestOf(ada, carol, group)
    for (const one of [eve, carol]) expect(reasonOf(await decideIn(one, id, accept))).toBe('REQUEST_NOT_FOUND')
    expect(reasonOf(await decideIn(ada, nobody.id, accept))).toBe('REQUEST_NOT_FOUND')
    expect(await myGroups(carol)).toEqual([])
  })

  it('approved by two at once, makes one member', async () => {
    ok(await actIn(carol, 'join', group))
    const { id } = await groupRequestOf(ada, carol, group)
    const replies = await Promise.all([ada, bob, ada, bob].map((one) => decideIn(one, id, accept)))
    expect(replies.map(reasonOf).filter((reason) => reason === undefined)).toHaveLength(1)
    expect((await members(ada, group)).filter(({ user_id }) => user_id === carol.id)).toHaveLength(1)
    expect((await groupInfo(ada, group)).member_count).toBe(3)
    const notices = (await history(ada, joined(group))).filter(({ content }) => content.includes(carol.username))
    expect(notices).toHaveLength(1)
  })

  it('accepted and declined at once, is one of both', async () => {
    ok(await actIn(carol, 'join', group))
    const { id } = await groupRequestOf(ada, carol, group)
    const [yes, no] = await Promise.all([decideIn(ada, id, accept), decideIn(bob, id, refuse)])
    expect([reasonOf(yes), reasonOf(no)].filter((reason) => reason === undefined)).toHaveLength(1)
    expect((await myGroups(carol)).length).toBe(reasonOf(yes) === undefined ? 1 : 0)
  })

  it('made several times at once, waits once', async () => {
    const replies = await Promise.all([1, 2, 3, 4].map(() => actIn(carol, 'join', group)))
    expect(replies.map(reasonOf).filter((reason) => reason === undefined)).toHaveLength(1)
    expect(await groupRequests(ada)).toHaveLength(1)
  })

  it('goes with the group', async () => {
    ok(await actIn(carol, 'join', group))
    const { id } = await groupRequestOf(ada, carol, group)
    ok(await actIn(ada, 'dissolve', group))
    expect(await groupRequests(ada)).toEqual([])
    expect(reasonOf(await decideIn(ada, id, accept))).toBe('REQUEST_NOT_FOUND')
    expect(reasonOf(await actIn(carol, 'join', group))).toBe('GROUP_NOT_FOUND')
  })
})

describe('a group that is open, or by invitation', () => {
  const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
  let group: GroupInfo
  beforeEach(async () => {
    group = await create(ada, 'Chess')
  })

  it('open, takes who joins at once, even several times', async () => {
    ok(await actIn(ada, 'settings', group, { join_policy: 2 }))
    const replies = await Promise.all([1, 2, 3].map(() => actIn(bob, 'join', group)))
    expect(replies.map(reasonOf).filter((reason) => reason === undefined)).toHaveLength(1)
    expect((await groupInfo(bob, group)).member_count).toBe(2)
  })

  it('by invitation, takes nobody who asks', async () => {
    ok(await actIn(ada, 'settings', group, { join_policy: 3 }))
    expect(reasonOf(await actIn(bob, 'join', group))).toBe('NOT_ADMITTED')
    expect(reasonOf(await actIn(bob, 'settings', group, { join_policy: 2 }))).toBe('NOT_MEMBER')
  })

  it('invites friends of the administrator who invites, all or none', async () => {
    await Promise.all([bob, carol].map((one) => befriend(ada, one)))
    expect(reasonOf(await actIn(ada, 'invite', group, { user_ids: [bob.id, eve.id] }))).toBe('NOT_FRIENDS')
    expect(await members(ada, group)).toHaveLength(1)
    ok(await actIn(ada, 'invite', group, { user_ids: [bob.id, carol.id, bob.id] }))
    expect(await members(ada, group)).toHaveLength(3)
    ok(await actIn(ada, 'invite', group, { user_ids: [bob.id] }))
    const notices = (await history(ada, joined(group))).filter(({ from_user_id }) => from_user_id === 0)
    expect(notices).toHaveLength(2)
    await befriend(bob, eve)
    expect(reasonOf(await actIn(bob, 'invite', group, { user_ids: [eve.id] }))).toBe('ROLE_TOO_LOW')
    ok(await actIn(ada, 'settings', group, { join_policy: 2 }))
    ok(await actIn(bob, 'invite', group, { user_ids: [eve.id] }))
  })

  it('an invitation answers the request that waits', async () => {
    await befriend(ada, bob)
    ok(await actIn(bob, 'join', group))
    ok(await actIn(ada, 'invite', group, { user_ids: [bob.id] }))
    expect(await groupRequests(ada)).toEqual([])
  })

  it('shows who joins all that was said, if it is set so', async () => {
    const adas = await connect({ token: ada.token })
    await say(adas, joined(group), 'long ago')
    ok(await actIn(ada, 'settings', group, { history_policy: 2 }))
    await entitle(ada, group, bob, 3)
    expect((await history(bob, joined(group))).map(({ content }) => content)).toContain('long ago')
    expect(await myGroup(bob, group)).toMatchObject({ unread_count: 0 })
  })
})
