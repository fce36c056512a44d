import { describe, expect, test, vi } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { bareOrigin, edge, socketOrigin } from './edge-origin.ts'
import { bareViewer, closed, frame, say, viewer, writeByteByByte } from './edge-viewer.ts'

const biggest = 'x'.repeat(32_768)

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
    await writeByteByByte(ada.socket, Buffer.concat([frame('hello'), frame('y'.repeat(200)), frame('')]))
    await vi.waitFor(() => expect(origin.received).toEqual(['hello', 'y'.repeat(200), '']))
  })

  test('delivers what either side sends in one breath with the handshake', async () => {
    const bare = await bareOrigin(frame('welcome', { isMasked: false }))
    const { port } = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(port, frame('hello'))
    const gateway = await bare.accepted
    await vi.waitFor(() => expect(gateway.sofar()).toEqual(frame('hello')))
    await vi.waitFor(() => expect(ada.sofar()).toEqual(frame('welcome', { isMasked: false })))
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

  test('of a viewer that ends without a word is closed at the API', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const ada = await bareViewer(port)
    ada.socket.end()
    await vi.waitFor(() => expect(origin.closes).toEqual([1006]))
    await ada.ended
  })

  test('outlives the time that is given to its upgrade', async () => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url, limits: { ...gatewayLimits, timeoutMs: 200 } })
    const ada = await viewer(port)
    const opened = performance.now()
    while (performance.now() - opened < 250) expect(await say(ada, 'still here')).toBe('still here')
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
    ['one byte over 32 KiB', Buffer.from(`${biggest}x`)],
    ['140,000 bytes', Buffer.from('x'.repeat(140_000))],
  ])('closes the socket (%s): what came before is delivered, nothing of it or after it', async (_name, body) => {
    const origin = await socketOrigin()
    const { port } = await edge({ webSocketApi: origin.url })
    const ada = await viewer(port)
    await say(ada, biggest)
    ada.send('before')
    ada.send(body, { binary: false })
    ada.send('after')
    expect(await closed(ada)).toBe(1009)
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
    await writeByteByByte(ada.socket, Buffer.concat([before, frame('x'.repeat(70_000)).subarray(0, 14)]))
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
