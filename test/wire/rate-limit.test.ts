/** How often somebody may call. */
import { beforeEach, describe, expect, it } from 'vitest'
import { call } from '../support/http.ts'
import { newcomers } from '../support/people.ts'

const people = newcomers(beforeEach, 'ada', 'bob')

const statuses = async (times: number, next: () => ReturnType<typeof call>): Promise<number[]> =>
  (await Promise.all(Array.from({ length: times }, next))).map(({ status }) => status)

describe('calls of one user', () => {
  it('are refused above the limit of searches, with the time to wait, and nobody else’s are', async () => {
    const { ada, bob } = people
    const search = ({ token }: { token: string }) =>
      call('GET', '/api/user/search', { token, query: { username: bob.username } })
    expect((await statuses(32, () => search(ada))).filter((status) => status === 200)).toHaveLength(30)
    const refused = await search(ada)
    expect(refused).toMatchObject({ status: 429, body: { code: 429, reason: 'TOO_MANY_REQUESTS' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect((await search(bob)).status).toBe(200)
    expect((await call('GET', '/api/user/info', { token: ada.token })).status).toBe(200)
  })
})
