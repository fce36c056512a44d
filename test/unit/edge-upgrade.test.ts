import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { edge, policy, type SocketFunctions, socketFunctions } from './edge-testbed.ts'
import { refusal, viewer } from './edge-viewer.ts'

const opening =
  'GET /api/ws?token=a%20b&frames=batch&frames=c HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\n' +
  'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** How an upgrade is answered when these functions decide. */
async function answer(given: SocketFunctions) {
  const { port } = await edge(socketFunctions(given))
  return await refusal(port)
}

const failing = (message: string) => () => {
  throw new Error(message)
}

describe('an upgrade', () => {
  test('is shown to its functions with query, address and headers, none of them forged', async () => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    const ada = connect(port, '127.0.0.1')
    ada.write(
      `${opening}X-MiXed: one\r\nX-MiXed: two\r\nSec-WebSocket-Extensions: permessage-deflate\r\n` +
        'CLOUDFRONT-VIEWER-ADDRESS: 1.2.3.4:5\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
    )
    const head = await new Promise((resolve) => ada.once('data', resolve))
    expect(String(head)).toMatch(/^HTTP\/1.1 101 /)
    for (const name of ['authorize', 'connect'] as const) {
      const [event] = functions.of(name)
      expect(event?.queryStringParameters).toEqual({ token: 'a b', frames: 'c' })
      expect(event?.multiValueQueryStringParameters).toEqual({ token: ['a b'], frames: ['batch', 'c'] })
      expect(event?.headers).toEqual({
        Host: 'localhost',
        'CloudFront-Viewer-Address': `127.0.0.1:${ada.localPort}`,
        'X-Forwarded-For': '1.2.3.4, 127.0.0.1',
        'X-Forwarded-Port': String(port),
        'X-Forwarded-Proto': 'http',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Extensions': 'permessage-deflate',
        'X-MiXed': 'two',
      })
      expect(event?.multiValueHeaders?.['X-MiXed']).toEqual(['one', 'two'])
    }
    ada.destroy()
  })

  test('is decided by the authorizer: its policy, its word, or its failure', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    const arn = 'arn:aws:execute-api:local:000000000000:local/local/$connect'
    expect(await answer({ authorize: failing('Unauthorized') })).toEqual({
      status: 401,
      body: '{"message":"Unauthorized"}',
    })
    for (const refusing of [
      policy('Deny'),
      policy('Allow', {}, 'arn:aws:execute-api:local:000000000000:other/*'),
      policy('Allow', {}, ['$connect', `${arn}.`]),
      { principalId: 'ada' },
      { principalId: 'ada', policyDocument: { Statement: [...policyOf('Allow'), ...policyOf('Deny')] } },
    ]) {
      expect(await answer({ authorize: () => refusing })).toEqual({ status: 403, body: '{"message":"Forbidden"}' })
    }
    expect(logged).not.toHaveBeenCalled()
    for (const broken of ['unauthorized', 'Unauthorized: connect ECONNREFUSED', '']) {
      expect((await answer({ authorize: failing(broken) })).status).toBe(500)
    }
    for (const wrong of ['Unauthorized', undefined, { ...policy('Allow'), principalId: undefined }]) {
      expect((await answer({ authorize: () => wrong })).status).toBe(500)
    }
    expect((await answer({ authorize: () => policy('Allow', { nested: {} }) })).status).toBe(500)

    for (const resource of [arn, 'arn:aws:execute-api:*:*:*/local/$connect', ['other', 'arn:aws:execute-api:**']]) {
      const { port } = await edge(socketFunctions({ authorize: () => policy('Allow', {}, resource) }))
      await viewer(port)
    }
  })

  test('gives what the authorizer says to every later event, as texts', async () => {
    const authorize = () => policy('Allow', { user_id: 7, batch: true, name: 'ada' })
    const functions = socketFunctions({ authorize })
    const { port } = await edge(functions)
    await viewer(port)
    expect(functions.of('authorize')[0]).toMatchObject({ type: 'REQUEST', methodArn: expect.stringMatching(/^arn:/) })
    expect(functions.of('connect')[0]?.requestContext.authorizer).toEqual({
      ...{ principalId: 'ada', user_id: '7', batch: 'true', name: 'ada' },
    })
  })

  test('is refused with the status that $connect answers, and with 502 when it fails', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    expect((await answer({ connect: () => ({ statusCode: 429 }) })).status).toBe(429)
    const broken = { status: 502, body: '{"message":"Internal server error"}' }
    expect(await answer({ connect: failing('why') })).toEqual(broken)
    expect(await answer({ connect: () => undefined })).toEqual(broken)
    expect(await answer({ connect: () => ({}) })).toEqual(broken)
  })

  test('needs no function at all', async () => {
    const { port } = await edge({ ...socketFunctions(), socketRoutes: { isAnswering: false } })
    await viewer(port)
  })

  test.each(['authorize', 'connect'] as const)('is answered with 504 when %s does not answer', async (name) => {
    const { port } = await edge({
      ...socketFunctions({ [name]: () => new Promise(() => {}) }),
      limits: { timeoutMs: 50 },
    })
    expect(await refusal(port)).toEqual({ status: 504, body: '{"message":"Endpoint request timed out"}' })
  })

  test('that $connect accepts after its viewer has gone, or was refused, is followed by $disconnect', async () => {
    for (const isRefused of [true, false]) {
      const { promise: mayConnect, resolve: connectNow } = Promise.withResolvers<void>()
      const functions = socketFunctions({ connect: () => mayConnect.then(() => ({ statusCode: 200 })) })
      const { port } = await edge({ ...functions, limits: { timeoutMs: isRefused ? 50 : 30_000 } })
      const eve = connect(port, '127.0.0.1').on('error', () => {})
      eve.write(`${opening}\r\n`)
      await vi.waitFor(() => expect(functions.of('connect')).toHaveLength(1))
      if (isRefused) await new Promise((resolve) => eve.once('data', resolve))
      else {
        eve.resetAndDestroy()
        await new Promise((resolve) => eve.once('close', resolve))
        // The edge hears of it in a turn of its own.
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      }
      connectNow()
      await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1))
      eve.destroy()
    }
  })
})

test('upgrades that come at once are decided a few at a time, in their order, but for those that have left', async () => {
  const decided: (() => void)[] = []
  const wait = () => new Promise((resolve) => decided.push(() => resolve(policy('Allow'))))
  const functions = socketFunctions({ authorize: wait })
  const { port } = await edge(functions)
  const asked = () => functions.of('authorize').map(({ queryStringParameters }) => queryStringParameters?.number)
  const knock = async (number: number) => {
    const one = connect(port, '127.0.0.1').on('error', () => {})
    onTestFinished(() => void one.destroy())
    await new Promise<void>((resolve) =>
      one.write(`${opening.replace('token=a%20b', `number=${number}`)}\r\n`, () => resolve()),
    )
    // So that the edge reads them in this order.
    if (number <= 8) await vi.waitFor(() => expect(asked()).toHaveLength(number))
    else await sleep(50)
    return one
  }
  const viewers: Socket[] = []
  for (let number = 1; number <= 11; number++) viewers.push(await knock(number))
  const first = ['1', '2', '3', '4', '5', '6', '7', '8']
  expect(asked()).toEqual(first)
  viewers[8]?.resetAndDestroy()
  await sleep(20)
  decided[0]?.()
  await vi.waitFor(() => expect(asked()).toEqual([...first, '10']))
  decided[1]?.()
  await vi.waitFor(() => expect(asked()).toEqual([...first, '10', '11']))
})

function policyOf(effect: 'Allow' | 'Deny') {
  return policy(effect).policyDocument.Statement
}
