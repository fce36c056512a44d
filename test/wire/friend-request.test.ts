/** POST /api/friend/request and GET /api/friend/requests. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { areFriends, befriend, request, requestFrom, requests } from '../support/friend.ts'
import { call, declined, invalid, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody } from '../support/route.ts'

describe('request', () => {
  const { ada, bob, carol, dan } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'dan')

  it('reaches the other one, with its remark', async () => {
    ok(await request(ada, bob, 'It is me, Ada'))
    const row = await requestFrom(bob, ada)
    expect(row).toMatchObject({ sender_id: ada.id, remark: 'It is me, Ada', avatar: '' })
    expect(row.sender_name).not.toBe('')
    expect(await requests(ada)).toEqual([])
    expect(await areFriends(ada, bob)).toBe(false)
  })

  it('is refused while one waits, and the first one stays', async () => {
    ok(await request(ada, bob))
    const first = await requestFrom(bob, ada)
    refused(await request(ada, bob, 'Once more'), declined)
    expect(await requestFrom(bob, ada)).toEqual(first)
  })

  it('is listed newest first', async () => {
    ok(await request(ada, bob, 'It is me, Ada'))
    ok(await request(carol, bob, ''))
    ok(await request(dan, bob))
    const rows = await requests(bob)
    expect(rows.map((row) => row.sender_id)).toEqual([dan.id, carol.id, ada.id])
    expect(rows.map((row) => row.remark)).toEqual(['', '', 'It is me, Ada'])
    const times = rows.map((row) => row.created_at)
    expect(times).toEqual([...times].sort().reverse())
  })

  it('is dated in one zone, to the second', async () => {
    ok(await request(dan, bob))
    const { created_at } = await requestFrom(bob, dan)
    const asUtc = Date.parse(`${created_at.replace(' ', 'T')}Z`)
    const minutesFromUtc = (asUtc - Date.now()) / 60_000
    const quarters = minutesFromUtc / 15
    expect(Math.abs(minutesFromUtc)).toBeLessThan(14 * 60 + 5)
    expect(Math.abs(quarters - Math.round(quarters)) * 15).toBeLessThan(2)
  })

  it('may go the other way while one waits', async () => {
    ok(await request(ada, bob))
    ok(await request(bob, ada))
    await requestFrom(ada, bob)
    await requestFrom(bob, ada)
  })

  it('is refused to oneself', async () => {
    refused(await request(ada, ada), declined)
    expect(await requests(ada)).toEqual([])
  })

  it('is refused to somebody who does not exist', async () => {
    refused(await request(ada, nobody), declined)
  })

  it('is refused to a friend, by either side', async () => {
    await befriend(carol, dan)
    refused(await request(carol, dan), declined)
    refused(await request(dan, carol), declined)
    expect(await requests(carol)).toEqual([])
    expect(await requests(dan)).toEqual([])
  })

  it.each([
    ['emoji', '😀 👩‍👩‍👧‍👦 𝒜'],
    ['255 characters', '😀'.repeat(255)],
    ['line breaks, tabs and quotes', 'one\ntwo\t"three" \'four\' \\ five'],
  ])('keeps a remark exactly: %s', async (_title, remark) => {
    ok(await request(ada, carol, remark))
    const row = await requestFrom(carol, ada)
    expect(row.remark).toBe(remark)
  })

  it('ignores a query and fields that it does not know', async () => {
    const body = { target_id: dan.id, remark: '', sender_id: carol.id, status: 1, message: 'x' }
    ok(await call('POST', '/api/friend/request', { token: ada.token, body, query: { from: 'search' } }))
    expect((await requestFrom(dan, ada)).sender_id).toBe(ada.id)
    const reply = await call('GET', '/api/friend/requests', { token: dan.token, query: { status: 'pending', page: 2 } })
    expect(reply.body).toMatchObject({ code: 0, data: [{ sender_id: ada.id }] })
  })
})

describe('a remark', () => {
  const { ada, dan } = newcomers(beforeAll, 'ada', 'dan')

  it.each([
    ['of 256 characters', 'r'.repeat(256)],
    ['of 256 characters outside the basic plane', '😀'.repeat(256)],
    ['that is a number', 7],
    ['that is an object', {}],
  ])('is refused %s', async (_title, remark) => {
    const body = { target_id: dan.id, remark }
    refused(await call('POST', '/api/friend/request', { token: ada.token, body }), invalid)
  })
})
