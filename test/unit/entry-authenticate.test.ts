/** Authentication, over HTTP and at the upgrade to a WebSocket. */
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { redis } from '../../lib/client/redis.ts'
import { issue, localKey, verify } from '../../lib/core/token.ts'
import { authorizer } from '../../lib/entry/authorizer.ts'
import { authenticate } from '../../lib/entry/middleware/authenticate.ts'
import { errorLines, lambda, through } from './entry-event.ts'

const token = issue(localKey(), { id: 7, username: 'ada', sessionEpoch: 1 })
const hmget = vi.spyOn(redis, 'hmget')

beforeEach(() => void hmget.mockResolvedValue(['1', '', null]))
afterEach(() => vi.clearAllMocks())

describe('the caller', () => {
  const caller = (bearer?: string) =>
    through(
      [authenticate(() => ({ header: () => undefined, token: bearer, cookies: undefined }))],
      {},
      async (event) => event.caller,
    )

  it('is the user of the token', async () => {
    expect(await caller(token)).toEqual(verify(token))
  })

  it('is refused without a token, and after its session has ended', async () => {
    await expect(caller()).rejects.toMatchObject({ reason: 'TOKEN_MISSING' })
    hmget.mockResolvedValue(['2', '', null])
    await expect(caller(token)).rejects.toMatchObject({ reason: 'SESSION_ENDED' })
  })
})

describe('the authorizer', () => {
  const authorize = (headers: Record<string, string>, queryStringParameters = {}) => {
    const event = { headers, queryStringParameters, methodArn: 'arn', requestContext: { requestId: 'r-1' } }
    return authorizer()(event as unknown as APIGatewayRequestAuthorizerEvent, lambda)
  }

  it('allows the one method, and puts the user into the context of later events', async () => {
    const { sessionId, expiresAt } = verify(token)
    const allowed = await authorize({ AUTHORIZATION: `Bearer ${token}`, 'Accept-Language': 'en' }, { frames: 'batch' })
    expect(allowed).toMatchObject({
      principalId: '7',
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn' }] },
      context: {
        user_id: '7',
        username: 'ada',
        session_id: sessionId,
        expires_at: String(expiresAt),
        language: 'en',
        batch: 'true',
        heartbeat: '30',
      },
    })
  })

  it.each([
    ['240', '240'],
    ['481', 'NaN'],
    ['', 'NaN'],
  ])('puts what the client asks for into it: heartbeat=%s as %s', async (asked, heartbeat) => {
    expect(await authorize({}, { token, heartbeat: asked })).toMatchObject({ context: { heartbeat } })
  })

  it('refuses with the text that the gateway answers with 401', async () => {
    await expect(authorize({})).rejects.toThrow(/^Unauthorized$/)
    await expect(authorize({}, { token: `${token}x` })).rejects.toThrow(/^Unauthorized$/)
  })

  it('does not log anyone out while Redis is down', async () => {
    const lines = errorLines()
    hmget.mockRejectedValue(new Error('Connection is closed.'))
    await expect(authorize({}, { token })).rejects.toThrow('Connection is closed.')
    expect(lines).toEqual([expect.objectContaining({ msg: 'authorizer failed', request_id: 'r-1' })])
  })
})
