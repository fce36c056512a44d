/** The list of sessions and their ends: GET /api/user/sessions, POST /api/user/sessions/end and /end-all. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { call, declined, invalid, ok, refused, unauthorized } from '../support/http.ts'
import { login, newcomers, password } from '../support/people.ts'
import { notIds } from '../support/route.ts'
import { Identity, OpenSessions, Session } from '../support/shape.ts'
import { closeAll, connect, ofType, upgradeStatus } from '../support/socket.ts'

afterAll(closeAll)

const list = async (token: string) => ok(await call('GET', '/api/user/sessions', { token }), OpenSessions)
const isGood = async (token: string) => ok(await call('GET', '/api/user/info', { token }), Identity)
const hasEnded = async (token: string) => {
  refused(await call('GET', '/api/user/info', { token }), unauthorized)
  expect(await upgradeStatus({ token })).toBe(401)
}
const end = (token: string, session_id: unknown) =>
  call('POST', '/api/user/sessions/end', { token, body: { session_id } })
const endAll = (token: string, body: unknown = {}) => call('POST', '/api/user/sessions/end-all', { token, body })

describe('the sessions', () => {
  const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')

  it('are listed with the device that each log-in names', async () => {
    const body = { username: ada.username, password }
    const headers = { 'user-agent': 'Phone/1 <b>(me)</b>' }
    const phone = ok(await call('POST', '/api/user/login', { body, headers }), Session).token
    const socket = await connect({ token: phone })
    const [latest, first, ...others] = await list(ada.token)
    expect(others).toEqual([])
    expect(latest).toMatchObject({ device: 'Phone/1 b (me) /b', online: true, current: false })
    expect(first).toMatchObject({ current: true, online: false })
    expect(latest?.address).toMatch(/^[\d.:a-f]+$/)
    socket.close()
  })

  it('end one by one: the socket is told and closed, the others go on', async () => {
    const other = await login(ada.username)
    const socket = await connect({ token: other })
    const lost = (await list(ada.token)).find(({ current }) => !current)
    ok(await end(ada.token, lost?.id))
    await hasEnded(other)
    expect(await socket.next(ofType(10))).toMatchObject({ reason: 'SESSION_ENDED' })
    await socket.closed
    await isGood(ada.token)
    expect(await list(ada.token)).toHaveLength(1)
    refused(await end(ada.token, lost?.id), { ...declined, reason: 'SESSION_NOT_FOUND' })
  })

  it('are not ended by strangers', async () => {
    const [mine] = await list(ada.token)
    refused(await end(bob.token, mine?.id), { ...declined, reason: 'SESSION_NOT_FOUND' })
    await isGood(ada.token)
    expect(await list(bob.token)).toHaveLength(1)
  })

  it('end all but this one, or with it', async () => {
    const others = [await login(ada.username), await login(ada.username)]
    ok(await endAll(ada.token))
    for (const token of others) await hasEnded(token)
    await isGood(ada.token)
    expect(await list(ada.token)).toEqual([expect.objectContaining({ current: true })])
    const last = await login(ada.username)
    ok(await endAll(ada.token, { include_current: true }))
    for (const token of [ada.token, last]) await hasEnded(token)
    await isGood(await login(ada.username))
  })
})

describe('what is no session', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each(notIds)('is refused: %s', async (_title, value) => {
    refused(await end(ada.token, value), invalid)
  })

  it.each(['yes', 1, []])('nor is %j a wish to end this one, too', async (include_current) => {
    refused(await endAll(ada.token, { include_current }), invalid)
    await isGood(ada.token)
  })
})
