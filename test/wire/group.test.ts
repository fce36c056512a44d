/** Groups: creating, finding, describing and listing them. */
import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { history, named, say } from '../support/chat.ts'
import { actIn, create, entitle, groupInfo, joined, myGroup, myGroups, search } from '../support/group.ts'
import { call, declined, invalid, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'
import { closeAll, connect } from '../support/socket.ts'

describe('a new group', () => {
  const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')

  it('has its creator as owner and only member, a code, and a notice that says so', async () => {
    const group = await create(ada, 'Chess')
    expect(group).toMatchObject({ name: 'Chess', icon: '', desc: '', owner_id: ada.id, member_count: 1, muted: false })
    expect(group.code).toMatch(/^[2-9A-HJ-NP-Z]{6,}$/)
    expect(await groupInfo(ada, group)).toEqual(group)
    const rows = await history(ada, joined(group))
    expect(rows).toMatchObject([{ seq: 1, from_user_id: 0, to_user_id: group.id, media: 1, sender_name: 'Chess' }])
    expect(rows[0]?.content).toContain(ada.username)
    expect(await myGroup(ada, group)).toMatchObject({
      role: 1,
      unread_count: 0,
      last_seq: 1,
      content: rows[0]?.content,
    })
  })

  it('keeps description and icon, of its own', async () => {
    const group = await create(ada, 'Chess', { desc: 'Mondays\nat eight', icon: '/user-avatars/1/a.png' })
    expect(group).toMatchObject({ desc: 'Mondays\nat eight', icon: '/user-avatars/1/a.png' })
  })

  it('is one, however often it is asked for with one client_group_id', async () => {
    const client_group_id = randomUUID()
    const groups = await Promise.all([1, 2, 3, 4].map(() => create(ada, 'Chess', { client_group_id })))
    expect(new Set(groups.map(({ id }) => id)).size).toBe(1)
    expect(await myGroups(ada)).toHaveLength(1)
    const other = await create(bob, 'Chess', { client_group_id })
    expect(other.id).not.toBe(groups[0]?.id)
  })

  it('says its notices in the language of whoever acts', async () => {
    const create = (language: string) =>
      call('POST', '/api/group/create', {
        token: ada.token,
        body: { name: 'Go' },
        headers: { 'accept-language': language },
      })
    const ids = [await create('en'), await create('zh')].map(
      (reply) => (reply.body as { data: { id: number } }).data.id,
    )
    const contents = await Promise.all(ids.map(async (id) => (await history(ada, { id, chat_type: 3 }))[0]?.content))
    expect(contents).toEqual([`${ada.username} created the group`, `${ada.username} 创建了群聊`])
  })
})

describe('input', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each([
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a name of blanks', { name: '   ' }],
    ['a name of 51 characters', { name: 'n'.repeat(51) }],
    ['a name of two lines', { name: 'one\ntwo' }],
    ['an icon that runs', { name: 'Chess', icon: 'javascript:alert(1)' }],
    ['a description of 256 characters', { name: 'Chess', desc: 'd'.repeat(256) }],
    ['an empty client_group_id', { name: 'Chess', client_group_id: '' }],
  ])('is refused: %s', async (_title, body) => {
    refused(await call('POST', '/api/group/create', { token: ada.token, body }), invalid)
  })
})

describe('search', () => {
  const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')

  it('finds a group by its code, in lower case and with blanks, without being a member', async () => {
    const group = await create(ada, 'Chess')
    for (const code of [group.code, group.code.toLowerCase(), ` ${group.code} `])
      expect(await search(bob, code)).toEqual(group)
  })

  it('finds nothing by another code, and not a group that is dissolved', async () => {
    refused(await call('GET', '/api/group/search', { token: bob.token, query: { group_code: 'ZZZZ9999' } }), declined)
    const group = await create(ada, 'Chess')
    ok(await actIn(ada, 'dissolve', group))
    const reply = await call('GET', '/api/group/search', { token: bob.token, query: { group_code: group.code } })
    expect(reply.body).toMatchObject({ code: -1, reason: 'GROUP_NOT_FOUND' })
  })
})

describe('what a group says of itself', () => {
  const { ada, bob, carol } = newcomers(beforeEach, 'ada', 'bob', 'carol')

  it('is for members', async () => {
    const group = await create(ada, 'Chess')
    const reply = await call('GET', '/api/group/info', { token: bob.token, query: { group_id: group.id } })
    expect(reply.body).toMatchObject({ code: -1, reason: 'NOT_MEMBER' })
    const none = await call('GET', '/api/group/info', { token: bob.token, query: { group_id: nobody.id } })
    expect(none.body).toMatchObject({ code: -1, reason: 'GROUP_NOT_FOUND' })
  })

  it('is changed by owner and administrators, and a new name is a notice', async () => {
    const group = await create(ada, 'Chess')
    await entitle(ada, group, bob, 2)
    await entitle(ada, group, carol, 3)
    ok(await actIn(bob, 'info/update', group, { name: 'Go', desc: 'On Fridays', icon: '' }))
    expect(await groupInfo(carol, group)).toMatchObject({ name: 'Go', desc: 'On Fridays' })
    expect((await history(ada, joined(group))).at(-1)).toMatchObject({ from_user_id: 0, sender_name: 'Go' })
    const before = (await history(ada, joined(group))).length
    ok(await actIn(ada, 'info/update', group, { name: 'Go', desc: 'On Mondays', icon: '' }))
    expect(await history(ada, joined(group))).toHaveLength(before)
    const reply = await actIn(carol, 'info/update', group, { name: 'Chess' })
    expect(reply.body).toMatchObject({ code: -1, reason: 'ROLE_TOO_LOW' })
  })
})

describe('the list of groups', () => {
  const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')

  it('has the last spoken in first, with exact unread counts that notices do not move', async () => {
    const [chess, go] = [await create(ada, 'Chess'), await create(ada, 'Go')]
    for (const group of [chess, go]) await entitle(ada, group, bob, 3)
    const socket = await connect({ token: ada.token })
    await say(socket, joined(chess), 'hello')
    await say(socket, joined(chess), 'anybody?')
    ok(await actIn(ada, 'info/update', chess, { name: 'Chess club' }))
    const rows = await myGroups(bob)
    expect(rows.map(({ id }) => id)).toEqual([chess.id, go.id])
    expect(rows[0]).toMatchObject({ name: 'Chess club', unread_count: 2, role: 3, member_count: 2 })
    expect(rows[1]).toMatchObject({ unread_count: 0 })
    expect(await myGroup(ada, chess)).toMatchObject({ unread_count: 0 })
    ok(await call('POST', '/api/group/mark-read', { token: bob.token, body: { target_id: chess.id } }))
    expect(await myGroup(bob, chess)).toMatchObject({ unread_count: 0, read_seq: rows[0]?.last_seq })
    closeAll()
  })

  it('is read before the message of an id, too', async () => {
    const group = await create(ada, 'Chess')
    const socket = await connect({ token: ada.token })
    const { id } = await say(socket, joined(group), 'one')
    await say(socket, joined(group), 'two')
    const query = { ...named(joined(group)), last_msg_id: id }
    const reply = await call('GET', '/api/chat/history', { token: ada.token, query })
    expect(reply.body).toMatchObject({ code: 0, data: [{ seq: 1, from_user_id: 0 }] })
    closeAll()
  })
})

describe('routes that do not exist yet', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each([
    ['POST', '/api/group/handle'],
    ['POST', '/api/group/leave'],
    ['GET', '/api/group'],
    ['GET', '/api/media/1'],
    ['POST', '/api/upload'],
  ])('%s %s is not found', async (method, path) => {
    refused(await call(method, path, { token: ada.token }), { status: 404, code: 404 })
  })
})
