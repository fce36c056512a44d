import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { edge, nowhere, socketOrigin } from './edge-origin.ts'
import { refusal } from './edge-viewer.ts'

const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

describe('an upgrade', () => {
  test('reaches the root of the WebSocket API with its query, the viewer address and no forged header', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url, originSecret: 'between us' })
    const ada = connect(port, '127.0.0.1')
    ada.write(
      'GET /api/ws?token=a%20b&frames=batch HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-MiXed: one\r\nX-Mixed: two\r\n' +
        'Sec-WebSocket-Extensions: permessage-deflate\r\nX-Origin-Secret: guess\r\nSls-Offline-Authorizer-Override: {}\r\n' +
        'CLOUDFRONT-VIEWER-ADDRESS: 1.2.3.4:5\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
    )
    const head = await new Promise((resolve) => ada.once('data', resolve))
    expect(String(head)).toMatch(/^HTTP\/1.1 101 /)
    expect(String(head)).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')

    const [request] = origin.requests
    expect(request?.url).toBe('/?token=a%20b&frames=batch')
    expect(request?.headers).toMatchObject({
      host: origin.url.host,
      'x-mixed': 'one, two',
      'cloudfront-viewer-address': `127.0.0.1:${ada.localPort}`,
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-origin-secret': 'between us',
    })
    expect(request?.headers).not.toHaveProperty('sec-websocket-extensions')
    expect(request?.headers).not.toHaveProperty('sls-offline-authorizer-override')
    expect(request?.rawHeaders).toContain('CloudFront-Viewer-Address')
    expect(request?.rawHeaders).toContain('X-MiXed')
    ada.destroy()
  })

  test('that the API refuses is refused with the same status and the message of a gateway', async () => {
    const origin = await socketOrigin((request) => Number(request.url?.slice(2)))
    const { port } = await edge({ webSocketApi: origin.url })
    expect(await refusal(port, '/api/ws?401')).toEqual({ status: 401, body: '{"message":"Unauthorized"}' })
    expect(await refusal(port, '/api/ws?403')).toEqual({ status: 403, body: '{"message":"Forbidden"}' })
    expect(await refusal(port, '/api/ws?500')).toEqual({ status: 500, body: '{"message":null}' })
    expect(await refusal(port, '/api/ws?502')).toEqual({ status: 502, body: '{"message":"Internal server error"}' })
  })

  test('is answered with 503 while the API is down, and with 504 when it does not answer', async () => {
    const down = await edge({ webSocketApi: nowhere })
    expect(await refusal(down.port)).toEqual({ status: 503, body: '{"message":"Service Unavailable"}' })

    const origin = await socketOrigin()
    origin.server.removeAllListeners('upgrade').on('upgrade', () => {})
    const slow = await edge({ webSocketApi: origin.url, limits: { ...gatewayLimits, timeoutMs: 50 } })
    expect(await refusal(slow.port)).toEqual({ status: 504, body: '{"message":"Endpoint request timed out"}' })
  })

  test('is answered with 503 when the API hangs up, and with 502 when it says what is no HTTP', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    for (const hangUp of [(api: Duplex) => api.end(), (api: Duplex) => api.destroy()]) {
      origin.server.removeAllListeners('upgrade').on('upgrade', (_request, api) => hangUp(api))
      expect((await refusal(port)).status).toBe(503)
    }
    origin.server.removeAllListeners('upgrade').on('upgrade', (_request, api) => api.end('hello'))
    expect((await refusal(port)).status).toBe(502)
  })

  test('is given up at the API when the viewer goes away before the answer', async () => {
    const origin = await socketOrigin()
    const { promise: pending, resolve } = Promise.withResolvers<void>()
    const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>()
    origin.server.removeAllListeners('upgrade').on('upgrade', (_request, socket) => {
      socket.on('error', () => {}).once('close', giveUp)
      socket.resume().once('end', () => socket.end())
      resolve()
    })
    const { port } = await edge({ webSocketApi: origin.url })
    const eve = connect(port, '127.0.0.1')
    eve.write(`GET /api/ws HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`)
    await pending
    eve.resetAndDestroy()
    await givenUp
  })
})
