/** The trail: one line for each event that matters to security, with who and whence, and without names or secrets. */
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod/mini'
import { redis } from '../../lib/client/redis.ts'
import { type Reason, Refusal } from '../../lib/core/refusal.ts'
import { issue, localKey } from '../../lib/core/token.ts'
import { authorizer } from '../../lib/entry/authorizer.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { publicEndpoint } from '../../lib/entry/public.ts'
import { frames } from '../../lib/entry/socket.ts'
import { lambda, request } from './entry-event.ts'

// The level is read when the log is loaded.
vi.hoisted(() => {
  process.env.LOG_LEVEL = 'info'
})

const lines: Record<string, unknown>[] = []
beforeEach(() => {
  lines.length = 0
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(JSON.parse(`${text}`)) > 0)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const told = () => lines.filter(({ event }) => event !== undefined)
const Login = z.object({ username: z.string(), password: z.string() })
const requestContext = { http: { path: '/', method: 'POST', sourceIp: '192.0.2.9' } } as never
const body = JSON.stringify({ username: 'Ada', password: 'secret-1' })
const logIn = (run: () => Promise<unknown>, given = body) =>
  publicEndpoint({ body: Login, event: 'authn_login_success' }, run)(request({ body: given, requestContext }), lambda)
const refuses = (reason: Reason) => () => Promise.reject(new Refusal(reason))

describe('refusals of one kind', () => {
  const handler = frames(
    () => undefined,
    async () => {},
  )
  const frame = (body: string) =>
    handler({ body, requestContext: { requestId: 'r-3', connectionId: 'c' } } as never, lambda)
  const refusals = () => lines.filter(({ msg }) => msg === 'refused')
  const counted = () => lines.flatMap(({ Refused = [] }) => Refused as number)

  it('are one line a second, which says how many there were, and are all counted', async () => {
    for (let sent = 0; sent < 500; sent++) await frame(sent % 2 === 0 ? 'ping' : '{"type":99}')
    expect(refusals()).toMatchObject([
      { reason: 'BAD_FRAME', count: 1 },
      { reason: 'UNKNOWN_FRAME', count: 1 },
    ])
    vi.setSystemTime(Date.now() + 1_000)
    await frame('ping')
    expect(refusals()[2]).toMatchObject({ reason: 'BAD_FRAME', count: 250 })
    expect(counted()).toEqual([1, 1, 250])
  })

  it('that name somebody are told each', async () => {
    for (const username of ['ada', 'bob']) {
      const given = JSON.stringify({ username, password: 'secret-1' })
      await logIn(refuses('BAD_CREDENTIALS'), given)
    }
    expect(told()).toHaveLength(2)
  })
})

describe('a log-in', () => {
  it('is told with whence and a hash of the name', async () => {
    await logIn(async () => ({ token: 'secret-2' }))
    expect(told()).toEqual([
      expect.objectContaining({
        level: 'info',
        event: 'authn_login_success',
        request_id: 'r-1',
        address: '192.0.2.9',
        name: expect.stringMatching(/^[0-9a-f]{16}$/),
      }),
    ])
    expect(JSON.stringify(lines)).not.toMatch(/ada|secret/i)
  })

  it('that is refused is told once, by the line of its refusal, under the same name', async () => {
    await logIn(async () => ({}))
    await logIn(refuses('BAD_CREDENTIALS'), JSON.stringify({ username: 'ADA', password: 'secret-1' }))
    const [good, bad, ...more] = told()
    expect(bad).toMatchObject({ event: 'authn_login_fail', reason: 'BAD_CREDENTIALS', address: '192.0.2.9' })
    expect(bad?.name).toBe(good?.name)
    expect(more).toEqual([])
    expect(JSON.stringify(lines)).not.toMatch(/ada|secret/i)
  })

  it.each(['INVALID_INPUT', 'USERNAME_TAKEN', 'FAULT'] as const)('that meets %s is no event', async (reason) => {
    await logIn(refuses(reason))
    expect(told()).toEqual([])
  })

  it('above the limit is told once a second, with how often', async () => {
    for (let times = 0; times < 5; times++) await logIn(refuses('TOO_MANY_REQUESTS'))
    expect(told()).toMatchObject([{ event: 'excess_rate_limit_exceeded', count: 1 }])
    vi.setSystemTime(Date.now() + 1000)
    await logIn(refuses('TOO_MANY_REQUESTS'))
    expect(told()).toMatchObject([{ count: 1 }, { count: 5 }])
  })
})

describe('a call with a token', () => {
  const token = issue(localKey(), { id: 7, username: 'ada', sessionEpoch: 1 })
  const call = (headers: Record<string, string>, cookies?: string[]) =>
    endpoint({ event: 'authn_token_revoked' }, async () => undefined)(
      request({ headers, requestContext, ...(cookies && { cookies }) }),
      lambda,
    )

  it('that ends its session is told with the user', async () => {
    vi.spyOn(redis, 'evalsha').mockResolvedValue(['active', 0])
    await call({ authorization: `Bearer ${token}` })
    expect(told()).toMatchObject([{ event: 'authn_token_revoked', user_id: 7, address: '192.0.2.9' }])
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  it('that has ended, or is forged, is told', async () => {
    vi.spyOn(redis, 'evalsha').mockResolvedValue(['ended', 0])
    await call({ authorization: `Bearer ${token}` })
    await call({ authorization: `Bearer ${token}x` })
    expect(told()).toMatchObject([{ event: 'authn_token_reuse' }, { event: 'authn_token_invalid' }])
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  it('in a cookie of another page is told with the page', async () => {
    await call({ origin: 'https://evil.example' }, [`token=${token}`])
    expect(told()).toMatchObject([{ event: 'malicious_cors', origin: 'https://evil.example', request_id: 'r-1' }])
    await call({ origin: 'https://evil.example' }, ['theme=dark'])
    expect(told()).toHaveLength(1)
  })

  it('is told at the upgrade of a socket, too, and counted', async () => {
    const event = {
      headers: {},
      queryStringParameters: { token: 'garbage' },
      methodArn: 'arn',
      requestContext: { requestId: 'r-2', identity: { sourceIp: '192.0.2.9' } },
    }
    vi.spyOn(redis, 'evalsha').mockResolvedValue(0)
    await expect(authorizer()(event as unknown as APIGatewayRequestAuthorizerEvent, lambda)).rejects.toThrow()
    expect(told()).toMatchObject([{ event: 'authn_token_invalid', request_id: 'r-2', address: '192.0.2.9' }])
    expect(lines).toContainEqual(expect.objectContaining({ Refused: 1, TOKEN_INVALID: 1 }))
    expect(JSON.stringify(lines)).not.toContain('garbage')
  })
})
