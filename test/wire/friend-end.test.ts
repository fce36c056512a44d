/** POST /api/friend/delete, and what becomes of a conversation whose friendship ends and begins again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { history, say, sayAll, sayInVain, texts, upTo } from '../support/chat.ts'
import { act, areFriends, askInfo, befriend, friendOf, list, request } from '../support/friend.ts'
import { declined, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterEach(closeAll)

const { ada, bob, carol } = newcomers(beforeEach, 'ada', 'bob', 'carol')
let adasSocket: Socket
let bobsSocket: Socket
beforeEach(async () => {
  await befriend(ada, bob)
  await befriend(carol, bob)
  adasSocket = await connect({ token: ada.token })
  bobsSocket = await connect({ token: bob.token })
  await sayAll(adasSocket, bob, texts(3))
  await say(bobsSocket, ada, 'message 4')
  ok(await act(ada, 'delete', bob))
})

describe('delete', () => {
  it('ends the friendship in both directions', async () => {
    expect(await areFriends(ada, bob)).toBe(false)
    expect((await list(bob)).map((row) => row.id)).toEqual([carol.id])
    for (const [owner, target] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      refused(await askInfo(owner, target), { ...declined, reason: 'NOT_FRIENDS' })
      refused(await act(owner, 'mark-read', target), { ...declined, reason: 'NOT_FRIENDS' })
    }
  })

  it('leaves the history readable by both', async () => {
    const rows = await history(ada, bob)
    expect(rows.map((row) => row.content)).toEqual(texts(4))
    expect(await history(bob, ada)).toEqual(rows)
  })

  it('lets no message pass, in either direction', async () => {
    await sayInVain(adasSocket, bob, 'too late', 'NOT_FRIENDS')
    await sayInVain(bobsSocket, ada, 'too late', 'NOT_FRIENDS')
    expect(await history(ada, bob)).toHaveLength(4)
  })

  it('cannot be done twice, nor to a stranger', async () => {
    refused(await act(ada, 'delete', bob), { ...declined, reason: 'NOT_FRIENDS' })
    refused(await act(bob, 'delete', ada), { ...declined, reason: 'NOT_FRIENDS' })
    refused(await act(ada, 'delete', carol), { ...declined, reason: 'NOT_FRIENDS' })
    refused(await act(ada, 'delete', nobody), declined)
    refused(await act(ada, 'delete', ada), declined)
  })

  it('leaves the other friendships alone', async () => {
    expect(await areFriends(carol, bob)).toBe(true)
  })
})

describe('befriending again', () => {
  it('finds the history and nothing unread', async () => {
    await befriend(bob, ada)
    expect(await areFriends(ada, bob)).toBe(true)
    const seen = { unread_count: 0, last_seq: 4, read_seq: 4, peer_read_seq: 4, content: 'message 4' }
    expect(await friendOf(ada, bob)).toMatchObject(seen)
    expect(await friendOf(bob, ada)).toMatchObject(seen)
    expect((await history(bob, ada)).map((row) => row.content)).toEqual(texts(4))
  })

  it('goes on where the numbers ended', async () => {
    await befriend(bob, ada)
    expect((await say(adasSocket, bob, 'message 5')).seq).toBe(5)
    expect((await say(bobsSocket, ada, 'message 6')).seq).toBe(6)
    const rows = await history(ada, bob)
    expect(rows.map((row) => row.seq)).toEqual(upTo(6))
    expect((await friendOf(bob, ada)).unread_count).toBe(1)
    expect((await friendOf(ada, bob)).unread_count).toBe(1)
  })

  it('is not done by a request alone', async () => {
    ok(await request(ada, bob))
    expect(await areFriends(ada, bob)).toBe(false)
    await sayInVain(adasSocket, bob, 'not yet', 'NOT_FRIENDS')
    await say(await connect({ token: carol.token }), bob, 'a barrier')
    await bobsSocket.next((frame) => frame.type === 2 && frame.content === 'a barrier')
    await bobsSocket.none((frame) => frame.type === 2 && frame.content === 'not yet')
    expect(await history(ada, bob)).toHaveLength(4)
  })
})
