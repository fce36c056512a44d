/** What comes through the edge, over HTTP and at the upgrade to a WebSocket. */
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { afterEach, expect, it, vi } from 'vitest'
import { redis } from '../../lib/client/redis.ts'
import { issue, localKey } from '../../lib/core/token.ts'
import { authorizer } from '../../lib/entry/authorizer.ts'
import { endpoint } from '../../lib/entry/http.ts'
import { origin } from '../../lib/entry/middleware/origin.ts'
import { publicEndpoint } from '../../lib/entry/public.ts'
import { lambda, request, through } from './entry-event.ts'

vi.hoisted(() => {
  process.env.ORIGIN_SECRET = 'one, two'
})

const hmget = vi.spyOn(redis, 'hmget').mockResolvedValue(['1', '', null])
const evalsha = vi.spyOn(redis, 'evalsha').mockResolvedValue(0)
const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
const token = issue(localKey(), { id: 7, username: 'ada', sessionEpoch: 1 })

afterEach(() => vi.clearAllMocks())

const requestContext = { http: { path: '/', sourceIp: '192.0.2.9' } } as ReturnType<typeof request>['requestContext']
const forged: Record<string, string>[] = [
  {},
  ...['', 'three', 'One', 'one,two', 'one '].map((text) => ({ 'x-origin-secret': text })),
]

it('is told by any of the secrets', async () => {
  const hook = origin<Record<string, string>>((event, name) => event[name])
  for (const secret of ['one', 'two']) {
    const event = { 'x-origin-secret': secret, 'x-viewer-address': '2001:db8::1' }
    expect(await through([hook], event)).toMatchObject({ viewerAddress: '2001:db8::1' })
  }
  for (const event of forged)
    await expect(through([hook], { ...event })).rejects.toMatchObject({ reason: 'NOT_THROUGH_EDGE' })
})

it('brings the viewer’s address, and only what is one', async () => {
  const handler = publicEndpoint({}, async ({ address }) => address)
  const addressOf = async (viewer: string) => {
    const headers = { 'x-origin-secret': 'one', 'x-viewer-address': viewer }
    return JSON.parse((await handler(request({ headers, requestContext }), lambda)).body ?? '').data
  }
  expect(await addressOf('192.0.2.1')).toBe('192.0.2.1')
  expect(await addressOf('192.0.2.1, 192.0.2.2')).toBe('192.0.2.9')
  expect(await addressOf('')).toBe('192.0.2.9')
})

it('is all that a route answers, before it looks at a token or a store', async () => {
  const run = vi.fn()
  for (const handler of [publicEndpoint({}, run), endpoint({}, run)]) {
    for (const headers of forged) {
      const event = request({ headers: { ...headers, authorization: `Bearer ${token}` }, requestContext })
      expect(await handler(event, lambda)).toMatchObject({ statusCode: 403 })
    }
  }
  expect(run).not.toHaveBeenCalled()
  expect(hmget).not.toHaveBeenCalled()
})

it('is all that may open a socket: the policy denies the rest, which the gateway answers with 403', async () => {
  const asked = (headers: Record<string, string>) =>
    authorizer()(
      {
        headers,
        queryStringParameters: { token },
        methodArn: 'arn',
        requestContext: { requestId: 'r' },
      } as unknown as APIGatewayRequestAuthorizerEvent,
      lambda,
    )
  for (const headers of forged) {
    expect(await asked(headers)).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Deny', Resource: 'arn' }] } })
  }
  expect(hmget).not.toHaveBeenCalled()
  // The gateway passes names on as they were sent.
  expect(await asked({ 'X-Origin-Secret': 'two' })).toMatchObject({
    policyDocument: { Statement: [{ Effect: 'Allow' }] },
  })
})

it.each([
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['192.0.2.1', '192.0.2.1'],
  ['nonsense', '192.0.2.9'],
])('counts upgrades by the viewer’s network: of %s by %s', async (viewer, network) => {
  const headers = { 'x-origin-secret': 'one', 'x-viewer-address': viewer }
  await authorizer()(
    {
      headers,
      queryStringParameters: { token },
      methodArn: 'arn',
      requestContext: { requestId: 'r', identity: { sourceIp: '192.0.2.9' } },
    } as unknown as APIGatewayRequestAuthorizerEvent,
    lambda,
  )
  expect(evalsha.mock.calls.map(([, , key]) => key)).toEqual([`limit:upgradesOfAddress:${network}`])
})

it('is never logged with its secret', async () => {
  const handler = publicEndpoint({}, () => Promise.reject(new Error('broken')))
  for (const secret of ['one', 'two', 'three'])
    await handler(request({ headers: { 'x-origin-secret': `${secret}-of-secrets` }, requestContext }), lambda)
  await handler(request({ headers: { 'x-origin-secret': 'one' }, requestContext }), lambda)
  const lines = written.mock.calls.map(([line]) => String(line))
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.filter((line) => /of-secrets|x-origin-secret|"one"/.test(line))).toEqual([])
})
