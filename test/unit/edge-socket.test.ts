import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import {
  bareOrigin,
  bareViewer,
  closed,
  edge,
  frame,
  nowhere,
  refusal,
  say,
  socketOrigin,
  viewer,
} from './edge-origin.ts'

const biggest = 'x'.repeat(32_768)

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
    eve.write('GET /api/ws HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await pending
    eve.resetAndDestroy()
    await givenUp
  })
})

describe('an open socket', () => {
  test('carries texts of every size in order, for a hundred viewers at once', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const texts = ['a', 'ü'.repeat(63), 'b'.repeat(126), 'c'.repeat(5000), biggest, 'last']
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = await viewer(port)
        const echoed: string[] = []
        const all = new Promise<void>((resolve) => {
          socket.on('message', (message) => {
            if (echoed.push(String(message)) === texts.length) resolve()
          })
        })
        for (const text of texts) socket.send(text)
        await all
        expect(echoed).toEqual(texts)
      }),
    )
  })

  test('delivers frames whose bytes come one by one', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const ada = await bareViewer(port)
    for (const byte of Buffer.concat([frame('hello'), frame('y'.repeat(200)), frame('')])) {
      await new Promise((resolve) => ada.socket.write(Buffer.from([byte]), resolve))
    }
    await vi.waitFor(() => expect(origin.received).toEqual(['hello', 'y'.repeat(200), '']))
  })

  test('delivers a message in fragments of 32 KiB up to 128 KiB', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const ada = await viewer(port)
    for (const fin of [false, false, false, true]) ada.send(biggest, { fin })
    await vi.waitFor(() => expect(origin.received).toEqual([biggest.repeat(4)]))
  })

  test('passes the close code of either side on to the other', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const [ada, bob] = [await viewer(port), await viewer(port)]
    ada.close(4001)
    expect(await closed(ada)).toBe(4001)
    await vi.waitFor(() => expect(origin.closes).toEqual([4001]))
    bob.send('close 1011')
    expect(await closed(bob)).toBe(1011)
    await vi.waitFor(() => expect(origin.closes).toEqual([4001, 1011]))
  })

  test('keeps the sender waiting for a viewer that does not read, and loses nothing', async () => {
    const bare = await bareOrigin()
    const { port } = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(port)
    const gateway = await bare.accepted
    ada.socket.pause()
    const part = frame('z'.repeat(60_000), { isMasked: false })
    let sent = 0
    while (sent < 500) {
      const isRoomLeft = gateway.socket.write(part)
      sent += 1
      if (!isRoomLeft && gateway.socket.writableLength > 4_000_000) break
      await new Promise(setImmediate)
    }
    expect(gateway.socket.writableLength).toBeGreaterThan(4_000_000)
    ada.socket.resume()
    await vi.waitFor(() => expect(ada.sofar().length).toBe(sent * part.length), 5000)
    expect(ada.sofar().subarray(-part.length).equals(part)).toBe(true)
  })
})

describe('a frame that the gateway does not take', () => {
  test.each([
    ['one byte over 32 KiB', Buffer.from(`${biggest}x`), 1009],
    ['140,000 bytes', Buffer.from('x'.repeat(140_000)), 1009],
    ['binary', Buffer.from([1, 2, 3]), 1003],
  ])('closes the socket (%s): what came before is delivered, nothing of it or after it', async (name, body, code) => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const ada = await viewer(port)
    await say(ada, biggest)
    ada.send('before')
    ada.send(body, { binary: name === 'binary' })
    ada.send('after')
    expect(await closed(ada)).toBe(code)
    await vi.waitFor(() => expect(origin.received).toEqual([biggest, 'before']))
  })

  test('closes the socket when fragments exceed 128 KiB, and the message never arrives', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const ada = await viewer(port)
    await say(ada, 'before')
    for (const fin of [false, false, false, false, true]) ada.send(fin ? '!' : biggest, { fin })
    expect(await closed(ada)).toBe(1009)
    expect(origin.received).toEqual(['before'])
  })

  test('is recognised when its header comes byte by byte, and none of it is passed on', async () => {
    const bare = await bareOrigin()
    const { port } = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(port)
    const gateway = await bare.accepted
    const before = frame('before')
    for (const byte of Buffer.concat([before, frame('x'.repeat(70_000)).subarray(0, 14)])) {
      await new Promise((resolve) => ada.socket.write(Buffer.from([byte]), resolve))
    }
    await gateway.ended
    expect(gateway.sofar()).toEqual(before)
    await vi.waitFor(() => expect(ada.sofar()).toEqual(Buffer.from([0x88, 2, 0x03, 0xf1])))
  })

  test('does not break the frame that the viewer is just receiving', async () => {
    const bare = await bareOrigin()
    const { port } = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(port)
    const gateway = await bare.accepted
    const answer = frame('a'.repeat(1000), { isMasked: false })
    gateway.socket.write(answer.subarray(0, 400))
    await vi.waitFor(() => expect(ada.sofar().length).toBe(400))

    ada.socket.write(frame('x'.repeat(40_000)))
    await gateway.ended
    expect(ada.sofar().length).toBe(400)
    gateway.socket.write(Buffer.concat([answer.subarray(400), frame('never seen', { isMasked: false })]))
    await ada.ended
    expect(ada.sofar()).toEqual(Buffer.concat([answer, Buffer.from([0x88, 2, 0x03, 0xf1])]))
  })

  test('does not let a header that the viewer has half received go on', async () => {
    const bare = await bareOrigin()
    const { port } = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(port)
    const gateway = await bare.accepted
    const answer = frame('a'.repeat(1000), { isMasked: false })
    gateway.socket.write(Buffer.concat([answer, answer.subarray(0, 3)]))
    await vi.waitFor(() => expect(ada.sofar().length).toBe(answer.length))
    ada.socket.write(frame('x'.repeat(40_000)))
    await ada.ended
    expect(ada.sofar()).toEqual(Buffer.concat([answer, Buffer.from([0x88, 2, 0x03, 0xf1])]))
  })

  test('adds no second goodbye to the one of the API', async () => {
    const bare = await bareOrigin()
    const { port } = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(port)
    const gateway = await bare.accepted
    const goodbye = Buffer.from([0x88, 2, 0x03, 0xe8])
    gateway.socket.write(goodbye)
    await vi.waitFor(() => expect(ada.sofar()).toEqual(goodbye))
    ada.socket.write(frame('x'.repeat(40_000)))
    await ada.ended
    expect(ada.sofar()).toEqual(goodbye)
  })
})

describe('stopping', () => {
  test('closes every socket with 1001, at the API too, and frees the port', async () => {
    const origin = await socketOrigin()
    const started = await edge({ webSocketApi: origin.url })
    const sockets = await Promise.all([viewer(started.port), viewer(started.port), viewer(started.port)])
    const codes = sockets.map(closed)
    await started.stop()
    expect(await Promise.all(codes)).toEqual([1001, 1001, 1001])
    await vi.waitFor(async () => {
      expect(await new Promise((resolve) => origin.server.getConnections((_, count) => resolve(count)))).toBe(0)
    })
    const again = await edge({ webSocketApi: origin.url, port: started.port })
    expect(again.port).toBe(started.port)
  })

  test('takes less than 3 s even with a viewer and an API that never hang up, and with an upgrade under way', async () => {
    const bare = await bareOrigin()
    const started = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(started.port)
    const gateway = await bare.accepted
    gateway.socket.write(frame('a'.repeat(1000), { isMasked: false }).subarray(0, 10))
    await vi.waitFor(() => expect(ada.sofar().length).toBe(10))
    const silent = await socketOrigin()
    const { promise: pending, resolve } = Promise.withResolvers<void>()
    silent.server.removeAllListeners('upgrade').on('upgrade', () => resolve())
    const other = await edge({ webSocketApi: silent.url })
    const refused = refusal(other.port)
    await pending

    const began = performance.now()
    await Promise.all([started.stop(), other.stop()])
    expect(performance.now() - began).toBeLessThan(3000)
    expect((await refused).status).toBe(503)
  })
})
