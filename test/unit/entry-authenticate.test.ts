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
// Scripts: the budget of upgrades, and tickets.
const evalsha = vi.spyOn(redis, 'evalsha')

beforeEach(() => {
  hmget.mockResolvedValue(['1', '', null])
  evalsha.mockReset().mockResolvedValue(0)
})
afterEach(() => vi.clearAllMocks())

describe('the caller', () => {
  const caller = (token?: string, ticket?: string) =>
    through(
      [
        authenticate(
          () => ({ door: 'socket', header: () => undefined, token, cookies: undefined }),
          () => ticket,
        ),
      ],
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

describe('the caller with a ticket', () => {
  const ticket = `7.${'t'.repeat(43)}`
  const claims = verify(token)
  const caller = (given: string, bearer?: string) =>
    through(
      [
        authenticate(
          () => ({ door: 'socket', header: () => bearer, token: bearer, cookies: undefined }),
          () => given,
        ),
      ],
      {},
      async (event) => event.caller,
    )

  it('is the user of the session that asked for it', async () => {
    evalsha.mockResolvedValue([JSON.stringify(claims), 'active'])
    expect(await caller(ticket)).toEqual(claims)
  })

  it('is refused if nobody knows it, or its session has ended, whatever token comes with it', async () => {
    evalsha.mockResolvedValue(null)
    await expect(caller(ticket, token)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
    evalsha.mockResolvedValue([JSON.stringify(claims), 'ended'])
    hmget.mockResolvedValue(['2', '', null])
    await expect(caller(ticket, token)).rejects.toMatchObject({ reason: 'SESSION_ENDED' })
  })

  it.each([
    '7',
    'x',
    token,
    `0.${'t'.repeat(43)}`,
    `7.${'t'.repeat(44)}`,
    `9007199254740993.${'t'.repeat(43)}`,
    ` ${ticket}`,
  ])('is refused without a look into Redis if it is none: %s', async (given) => {
    await expect(caller(given, token)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
    expect(evalsha).not.toHaveBeenCalled()
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

  it('denies upgrades above the budget of an address, without a look at the token, and logs nobody out', async () => {
    evalsha.mockResolvedValue(5_000)
    for (const query of [{ token }, { token: 'garbage' }, { ticket: 'garbage' }, {}])
      expect(await authorize({}, query)).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Deny' }] } })
    expect(hmget).not.toHaveBeenCalled()
  })

  it('does not log anyone out while Redis is down', async () => {
    const lines = errorLines()
    hmget.mockRejectedValue(new Error('Connection is closed.'))
    await expect(authorize({}, { token })).rejects.toThrow('Connection is closed.')
    expect(lines).toEqual([expect.objectContaining({ msg: 'authorizer failed', request_id: 'r-1' })])
  })
})
