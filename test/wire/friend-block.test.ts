/** POST /api/friend/block and /unblock, GET /api/friend/block/list. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heard, history, say, sayInVain } from '../support/chat.ts'
import {
  accept,
  act,
  areFriends,
  askInfo,
  befriend,
  blocked,
  decide,
  describeFriend,
  request,
  requestFrom,
  requests,
} from '../support/friend.ts'
import { answered, ok, refused } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterEach(closeAll)

/** Ada blocks eve and carol deletes her: eve must not see a difference. */
const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')
let evesSocket: Socket
beforeEach(async () => {
  await Promise.all([befriend(ada, eve), befriend(carol, eve), befriend(bob, ada)])
  evesSocket = await connect({ token: eve.token })
  await say(evesSocket, ada, 'before')
  await say(evesSocket, carol, 'before')
  ok(await act(carol, 'delete', eve))
  ok(await act(ada, 'block', eve))
})

describe('block', () => {
  it('ends the friendship in both directions', async () => {
    expect(await areFriends(ada, eve)).toBe(false)
    expect(await areFriends(ada, bob)).toBe(true)
  })

  it("is listed for its owner, with nothing private, and not for the blocked or anyone's friend", async () => {
    expect(await blocked(ada)).toEqual([
      { id: eve.id, username: eve.username, nickname: expect.any(String), avatar: '' },
    ])
    expect(await blocked(eve)).toEqual([])
    expect(await blocked(bob)).toEqual([])
  })

  it.each([
    ['reading the page', askInfo],
    ['marking read', (one: Person, other: Person) => act(one, 'mark-read', other)],
    ['naming', (one: Person, other: Person) => describeFriend(one, other, 'x')],
    ['deleting', (one: Person, other: Person) => act(one, 'delete', other)],
  ])('answers the blocked as anyone who is no friend: %s', async (_title, attempt) => {
    const blockedReply = await attempt(eve, ada)
    const deletedReply = await attempt(eve, carol)
    refused(blockedReply, { status: 200, code: -1, reason: 'NOT_FRIENDS' })
    expect(blockedReply.body).toEqual(deletedReply.body)
  })

  it('answers messages of the blocked as those of anyone who is no friend', async () => {
    const toBlocker = await sayInVain(evesSocket, ada, 'let me in', 'NOT_FRIENDS')
    const toFormerFriend = await sayInVain(evesSocket, carol, 'let me in', 'NOT_FRIENDS')
    expect({ ...toBlocker, client_msg_id: '' }).toEqual({ ...toFormerFriend, client_msg_id: '' })
  })

  it('leaves the history readable by both and lets nothing into it', async () => {
    const rows = await history(eve, ada)
    expect(rows.map((row) => row.content)).toEqual(['before'])
    expect(await history(ada, eve)).toEqual(rows)
  })

  it('lets nothing through to the blocker either way', async () => {
    const adasSocket = await connect({ token: ada.token })
    await sayInVain(evesSocket, ada, 'again', 'NOT_FRIENDS')
    await sayInVain(adasSocket, eve, 'and back', 'NOT_FRIENDS')
    await say(await connect({ token: bob.token }), ada, 'a barrier')
    expect((await heard(adasSocket)).content).toBe('a barrier')
    await evesSocket.none((frame) => frame.type === 2)
  })

  it('answers requests of the blocked as any other and never shows them', async () => {
    for (const remark of ['first', 'second']) {
      const toBlocker = await request(eve, ada, remark)
      const toFormerFriend = await request(eve, carol, remark)
      expect(toBlocker.status).toBe(toFormerFriend.status)
      expect(toBlocker.body).toEqual(toFormerFriend.body)
    }
    expect(await requests(ada)).toEqual([])
    expect(await requests(carol)).toHaveLength(1)
  })

  it('may be repeated without a second entry', async () => {
    answered(await act(ada, 'block', eve))
    expect(await blocked(ada)).toHaveLength(1)
  })
})

describe('unblock', () => {
  it('lifts only the block', async () => {
    ok(await request(eve, ada))
    ok(await act(ada, 'unblock', eve))
    expect(await blocked(ada)).toEqual([])
    expect(await areFriends(ada, eve)).toBe(false)
    expect(await requests(ada)).toEqual([])
    await sayInVain(evesSocket, ada, 'am I back?', 'NOT_FRIENDS')
  })

  it('lets them become friends again, with their history', async () => {
    ok(await act(ada, 'unblock', eve))
    await befriend(ada, eve)
    expect(await areFriends(ada, eve)).toBe(true)
    expect(await requests(ada)).toEqual([])
    expect((await say(evesSocket, ada, 'after')).seq).toBe(2)
    expect((await history(ada, eve)).map((row) => row.content)).toEqual(['before', 'after'])
  })

  it('of somebody who is not blocked changes nothing', async () => {
    answered(await act(bob, 'unblock', ada))
    expect(await areFriends(ada, bob)).toBe(true)
  })
})

describe('a block of a stranger', () => {
  it('keeps requests away and is each side’s own', async () => {
    ok(await act(bob, 'block', eve))
    ok(await act(eve, 'block', bob))
    ok(await act(bob, 'unblock', eve))
    expect(await blocked(bob)).toEqual([])
    expect((await blocked(eve)).map((card) => card.id)).toEqual([bob.id])
    ok(await request(bob, eve))
    expect(await requests(eve)).toEqual([])
  })

  it('is refused for nobody and for oneself', async () => {
    for (const target of [nobody, bob]) {
      const reply = await act(bob, 'block', target)
      refused(reply, reply.status === 400 ? { status: 400, code: 400 } : { status: 200, code: -1 })
    }
    expect(await blocked(bob)).toEqual([])
  })

  it('is not undone by accepting a request from before', async () => {
    ok(await request(bob, carol))
    const { id } = await requestFrom(carol, bob)
    ok(await act(bob, 'block', carol))
    answered(await decide(carol, id, accept))
    expect(await areFriends(bob, carol)).toBe(false)
    expect((await blocked(bob)).map((card) => card.id)).toEqual([carol.id])
  })
})
