/** POST /api/friend/handle. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accept, areFriends, decide, refuse, request, requestFrom, requests } from '../support/friend.ts'
import { call, declined, invalid, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody, notIds } from '../support/route.ts'

describe('handle', () => {
  const { ada, bob, carol, eve } = newcomers(beforeEach, 'ada', 'bob', 'carol', 'eve')

  it('is refused to anybody but the one who was asked', async () => {
    ok(await request(ada, bob))
    const { id } = await requestFrom(bob, ada)
    const strange = refused(await decide(eve, id, accept), declined)
    const own = refused(await decide(ada, id, accept), declined)
    const absent = refused(await decide(eve, nobody.id, accept), declined)
    expect([strange.reason, own.reason]).toEqual([absent.reason, absent.reason])
    expect((await requestFrom(bob, ada)).id).toBe(id)
    expect(await areFriends(ada, bob)).toBe(false)
  })

  it('makes friends of both when it accepts', async () => {
    ok(await request(ada, bob))
    ok(await decide(bob, (await requestFrom(bob, ada)).id, accept))
    expect(await areFriends(ada, bob)).toBe(true)
    expect(await requests(bob)).toEqual([])
  })

  it('declines a second verdict', async () => {
    ok(await request(eve, bob))
    const { id } = await requestFrom(bob, eve)
    ok(await decide(bob, id, refuse))
    refused(await decide(bob, id, accept), declined)
    refused(await decide(bob, id, refuse), declined)
    expect(await areFriends(bob, eve)).toBe(false)
  })

  it('takes a refused request off the list, and another one may follow', async () => {
    ok(await request(ada, eve))
    ok(await decide(eve, (await requestFrom(eve, ada)).id, refuse))
    expect(await requests(eve)).toEqual([])
    expect(await areFriends(ada, eve)).toBe(false)
    ok(await request(ada, eve, 'please'))
    expect((await requestFrom(eve, ada)).remark).toBe('please')
  })

  it('settles the request of the other direction when it accepts', async () => {
    ok(await request(bob, carol))
    ok(await request(carol, bob))
    const opposite = await requestFrom(bob, carol)
    ok(await decide(carol, (await requestFrom(carol, bob)).id, accept))
    expect(await requests(bob)).toEqual([])
    expect(await requests(carol)).toEqual([])
    expect(await areFriends(bob, carol)).toBe(true)
    refused(await decide(bob, opposite.id, refuse), declined)
    expect(await areFriends(bob, carol)).toBe(true)
  })

  it('leaves the request of the other direction alone when it refuses', async () => {
    ok(await request(carol, eve))
    ok(await request(eve, carol))
    ok(await decide(eve, (await requestFrom(eve, carol)).id, refuse))
    ok(await decide(carol, (await requestFrom(carol, eve)).id, accept))
    expect(await areFriends(carol, eve)).toBe(true)
  })
})

describe('a wrong verdict', () => {
  const { ada, eve } = newcomers(beforeAll, 'ada', 'eve')
  beforeAll(async () => {
    ok(await request(ada, eve))
  })

  it.each([
    ['0', 0],
    ['3', 3],
    ['-1', -1],
    ['a fraction', 1.5],
    ['digits in a string', '1'],
    ['a word', 'accept'],
    ['true', true],
    ['null', null],
    ['missing', undefined],
  ])('is refused: an action that is %s', async (_title, action) => {
    const { id } = await requestFrom(eve, ada)
    const body = { request_id: id, action }
    refused(await call('POST', '/api/friend/handle', { token: eve.token, body }), invalid)
    await requestFrom(eve, ada)
  })

  it.each(notIds)('is refused: a request id that is %s', async (_title, request_id) => {
    const body = { request_id, action: accept }
    refused(await call('POST', '/api/friend/handle', { token: eve.token, body }), invalid)
  })
})
