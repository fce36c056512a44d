/** GET /api/friend/list, GET /api/friend/info, POST /api/friend/desc. */
import { beforeAll, describe, expect, it } from 'vitest'
import { askInfo, befriend, describeFriend, friendOf, info, list } from '../support/friend.ts'
import { call, declined, invalid, ok, refused } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import { nobody, notQueryIds } from '../support/route.ts'

const shown = { nickname: '鲍勃 😀', avatar: 'https://example.com/bob.png' }
const secret = { email: 'bob@example.com', phone: '13800138000' }

const { ada, bob, carol, eve } = newcomers(beforeAll, 'ada', 'bob', 'carol', 'eve')
beforeAll(async () => {
  await call('PUT', '/api/user/profile', { token: bob.token, body: { ...shown, ...secret } })
  await befriend(ada, bob)
  await befriend(carol, ada)
})

describe('list', () => {
  it('is empty for somebody without friends', async () => {
    expect(await list(eve)).toEqual([])
  })

  it('shows a new friend with nothing said, read or unread', async () => {
    expect(await friendOf(ada, bob)).toEqual({
      id: bob.id,
      username: bob.username,
      ...shown,
      desc: '',
      online: false,
      unread_count: 0,
      last_message_time: 0,
      content: '',
      last_seq: 0,
      read_seq: 0,
      peer_read_seq: 0,
    })
  })

  it("shows the owner's friends and nobody else's", async () => {
    const ids = async (owner: Person) => (await list(owner)).map((row) => row.id).sort((one, other) => one - other)
    expect(await ids(ada)).toEqual([bob.id, carol.id].sort((one, other) => one - other))
    expect(await ids(bob)).toEqual([ada.id])
    expect(await ids(carol)).toEqual([ada.id])
  })
})

describe('info', () => {
  it('shows a friend, with email and phone', async () => {
    expect(await info(ada, bob)).toMatchObject({ id: bob.id, username: bob.username, ...shown, ...secret, desc: '' })
  })

  it('shows nothing of somebody who is no friend', async () => {
    refused(await askInfo(eve, bob), { ...declined, reason: 'NOT_FRIENDS' })
    refused(await askInfo(bob, carol), { ...declined, reason: 'NOT_FRIENDS' })
    refused(await askInfo(ada, nobody), declined)
    refused(await askInfo(ada, ada), declined)
  })

  it.each(notQueryIds)('refuses a target id of "%s"', async (target_id) => {
    refused(await call('GET', '/api/friend/info', { token: ada.token, query: { target_id } }), invalid)
  })

  it('refuses without a target id', async () => {
    refused(await call('GET', '/api/friend/info', { token: ada.token }), invalid)
  })
})

describe('desc', () => {
  const { ada, bob, carol, eve } = newcomers(beforeAll, 'ada', 'bob', 'carol', 'eve')
  beforeAll(async () => {
    await Promise.all([befriend(ada, bob), befriend(carol, ada)])
  })

  it.each([
    ['a name', 'Bobby'],
    ['emoji', '😀 👩‍👩‍👧‍👦 𝒜'],
    ['64 characters', '😀'.repeat(64)],
    ['no name any more', ''],
  ])('is %s that only its owner sees', async (_title, desc) => {
    ok(await describeFriend(ada, bob, desc))
    expect((await friendOf(ada, bob)).desc).toBe(desc)
    expect((await info(ada, bob)).desc).toBe(desc)
    expect((await friendOf(ada, carol)).desc).toBe('')
    expect((await friendOf(bob, ada)).desc).toBe('')
    expect((await info(bob, ada)).desc).toBe('')
  })

  it('may be set to what it is', async () => {
    ok(await describeFriend(ada, bob, 'Bobby'))
    ok(await describeFriend(ada, bob, 'Bobby'))
    expect((await friendOf(ada, bob)).desc).toBe('Bobby')
  })

  it.each([
    ['of 65 characters', 'd'.repeat(65)],
    ['of 65 characters outside the basic plane', '😀'.repeat(65)],
    ['that is a number', 7],
    ['that is missing', undefined],
  ])('refuses a name %s', async (_title, desc) => {
    const body = { target_id: bob.id, desc }
    refused(await call('POST', '/api/friend/desc', { token: ada.token, body }), invalid)
  })

  it('is refused for somebody who is no friend', async () => {
    refused(await describeFriend(eve, bob, 'x'), { ...declined, reason: 'NOT_FRIENDS' })
    refused(await describeFriend(ada, nobody, 'x'), declined)
  })
})
