/** GET /api/user/search. */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, declined, invalid, ok, refused } from '../support/http.ts'
import { newcomers, register, uniqueName } from '../support/people.ts'
import { Card } from '../support/shape.ts'

const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
beforeAll(async () => {
  const body = { nickname: 'Bob', avatar: 'https://example.com/bob.png', email: 'bob@example.com', phone: '123' }
  await call('PUT', '/api/user/profile', { token: bob.token, body })
})

const search = (query?: Record<string, string>) => call('GET', '/api/user/search', { token: ada.token, query })

describe('search', () => {
  it('finds a person by the exact name and shows nothing private', async () => {
    expect(ok(await search({ username: bob.username }), Card)).toEqual({
      id: bob.id,
      username: bob.username,
      nickname: 'Bob',
      avatar: 'https://example.com/bob.png',
    })
  })

  it('finds a name that needs escaping', async () => {
    const username = `${uniqueName('韩梅梅')} &?=#%+`
    await register(username)
    expect(ok(await search({ username }), Card).username).toBe(username)
  })

  it('ignores parameters that it does not know', async () => {
    expect(ok(await search({ username: bob.username, page: '1', keyword: 'x' }), Card).id).toBe(bob.id)
  })

  it.each([
    ['a name that nobody has', () => uniqueName('nobody')],
    ['the beginning of a name', () => bob.username.slice(0, -1)],
    ['a name with something after it', () => `${bob.username}x`],
    ['a pattern', () => `${bob.username.slice(0, -1)}_`],
    ['another pattern', () => `${bob.username.slice(0, -2)}%`],
    ['a piece of SQL', () => `' OR '1'='1`],
  ])('finds nobody by %s', async (_title, username) => {
    refused(await search({ username: username() }), declined)
  })

  it('refuses an empty name and none at all', async () => {
    refused(await search({ username: '' }), invalid)
    refused(await search(), invalid)
  })
})
