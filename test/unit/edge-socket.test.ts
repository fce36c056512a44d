import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { edge, edgeSecret, socketFunctions } from './edge-testbed.ts'
import { bareViewer, closed, frame, say, viewer, writeByteByByte } from './edge-viewer.ts'

const biggest = 'x'.repeat(32_768)

describe('an open socket', () => {
  test('carries texts of every size in order, for a hundred viewers at once', async () => {
    const { port } = await edge(socketFunctions())
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

  test('hears frames whose bytes come one by one, and those that come in one breath with the handshake', async () => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    const ada = await bareViewer(port, frame('hello'))
    await vi.waitFor(() => expect(ada.sofar()).toEqual(frame('hello', { isMasked: false })))
    await writeByteByByte(ada.socket, Buffer.concat([frame('y'.repeat(200)), frame('', { opcode: 9 }), frame('end')]))
    await vi.waitFor(() => expect(functions.received()).toEqual(['hello', 'y'.repeat(200), 'end']))
  })

  test('hears a message in fragments of 32 KiB up to 128 KiB, whatever stands between them', async () => {
    const functions = socketFunctions({ message: () => ({ statusCode: 200 }) })
    const { port } = await edge(functions)
    const ada = await viewer(port)
    for (const fin of [false, false, false, true]) {
      ada.ping()
      ada.send(biggest, { fin })
    }
    await vi.waitFor(() => expect(functions.received()).toEqual([biggest.repeat(4)]))
  })

  test('is answered four messages at once, the others in their order, and is read no further meanwhile: who waits for 50 ms counts no more', async () => {
    const waiting: (() => void)[] = []
    const wait = () => new Promise((resolve) => waiting.push(() => resolve({ statusCode: 200 })))
    const functions = socketFunctions({ message: wait })
    const { port } = await edge(functions)
    const ada = await viewer(port)
    const texts = Array.from({ length: 600 }, (_, number) => `${number} ${'x'.repeat(30_000)}`)
    for (const text of texts) ada.send(text)
    await vi.waitFor(() => expect(functions.received()).toHaveLength(4))
    const begunAt = performance.now()
    await sleep(200)
    const most = 4 * (1 + Math.ceil((performance.now() - begunAt + 50) / 50))
    const came = functions.received()
    expect(came).toEqual(texts.slice(0, came.length))
    expect(came.length).toBeGreaterThan(4)
    expect(came.length).toBeLessThanOrEqual(most)
    expect(ada.bufferedAmount).toBeGreaterThan(0)
    while (functions.received().length < texts.length) {
      for (const answer of waiting.splice(0)) answer()
      await sleep(1)
    }
    expect(functions.received()).toEqual(texts)
  })

  test('is told to its functions: when it came, who it is, what it says, how it ended', async () => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    const ada = await viewer(port)
    await say(ada, 'hello')
    ada.send(Buffer.from([0xff, 0x00]))
    await vi.waitFor(() => expect(functions.received()).toEqual(['hello', '/wA=']))
    ada.close(4001, 'enough')
    await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1))

    const [connect] = functions.of('connect')
    const [message, binary] = functions.of('message')
    const [disconnect] = functions.of('disconnect')
    const { connectionId, connectedAt } = connect?.requestContext ?? {}
    const always = {
      connectionId,
      connectedAt,
      identity: { sourceIp: '127.0.0.1' },
      authorizer: { principalId: 'ada' },
    }
    expect(connect?.requestContext).toMatchObject({ ...always, routeKey: '$connect', eventType: 'CONNECT' })
    expect(message?.requestContext).toMatchObject({
      ...always,
      ...{ routeKey: '$default', eventType: 'MESSAGE', messageId: expect.any(String) },
      ...{ requestId: expect.any(String), requestTimeEpoch: expect.any(Number) },
    })
    expect([message?.isBase64Encoded, binary?.isBase64Encoded]).toEqual([false, true])
    expect(disconnect?.requestContext).toMatchObject({
      ...always,
      ...{ routeKey: '$disconnect', eventType: 'DISCONNECT' },
      ...{ disconnectStatusCode: 4001, disconnectReason: 'enough' },
    })
  })

  test('of a viewer that ends without a word is over for its functions, too', async () => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    const ada = await bareViewer(port)
    ada.socket.end()
    await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1))
    expect(functions.of('disconnect')[0]?.requestContext).toMatchObject({ disconnectStatusCode: 1006 })
  })

  test('outlives the time that is given to its upgrade', async () => {
    const { port } = await edge({ ...socketFunctions(), limits: { timeoutMs: 200 } })
    const ada = await viewer(port)
    const opened = performance.now()
    while (performance.now() - opened < 250) expect(await say(ada, 'still here')).toBe('still here')
  })

  test('ends with 1001 when nothing has been said for a while, and in the end anyway', async () => {
    const idle = await edge({ ...socketFunctions(), limits: { idleMs: 50 } })
    expect(await closed(await viewer(idle.port))).toBe(1001)

    const old = await edge({ ...socketFunctions(), limits: { idleMs: 200, lifetimeMs: 300 } })
    const ada = await viewer(old.port)
    const code = closed(ada)
    ada.on('message', () => ada.send('and on'))
    ada.send('on')
    expect(await code).toBe(1001)
  })
})

describe('a function', () => {
  test('that fails is answered for, and the socket stays open', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    const fail = ({ body }: { body?: string }) => {
      if (body === 'fail') throw new Error('why')
      return { statusCode: 200, body }
    }
    const functions = socketFunctions({ message: fail })
    const { port } = await edge(functions)
    const ada = await viewer(port)
    const { connectionId } = functions.of('connect')[0]?.requestContext ?? {}
    expect(JSON.parse(await say(ada, 'fail'))).toEqual({
      ...{ message: 'Internal server error', connectionId },
      requestId: expect.any(String),
    })
    expect(await say(ada, 'still here')).toBe('still here')
    expect(logged).toHaveBeenCalledOnce()
  })

  test('has nothing to say to a viewer when its route has no response', async () => {
    const functions = socketFunctions()
    const socketRoutes = { $connect: 'connect', $default: 'message', isAnswering: false }
    const { port, managementPort } = await edge({ ...functions, socketRoutes })
    const ada = await viewer(port)
    const heard = new Promise((resolve) => ada.once('message', (text) => resolve(String(text))))
    ada.send('hello')
    await vi.waitFor(() => expect(functions.received()).toEqual(['hello']))
    const { connectionId } = functions.of('connect')[0]?.requestContext ?? {}
    await fetch(`http://127.0.0.1:${managementPort}/${edgeSecret}/@connections/${connectionId}`, {
      method: 'POST',
      body: 'posted',
    })
    expect(await heard).toBe('posted')
  })

  test('is not kept busy by a viewer that asks on and on and does not read', async () => {
    const functions = socketFunctions({ message: () => ({ statusCode: 200, body: biggest }) })
    const { port } = await edge(functions)
    const ada = await bareViewer(port)
    ada.socket.pause()
    const asking = setInterval(() => ada.socket.write(Buffer.concat(Array(20).fill(frame('more')))))
    await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1), 5000)
    clearInterval(asking)
  })
})

describe('what the gateway does not take', () => {
  test.each([
    ['one byte over 32 KiB', Buffer.from(`${biggest}x`)],
    ['140,000 bytes', Buffer.from('x'.repeat(140_000))],
  ])('closes the socket (%s): what came before is heard, nothing of it or after it', async (_name, body) => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    const ada = await viewer(port)
    await say(ada, biggest)
    ada.send('before')
    ada.send(body, { binary: false })
    ada.send('after')
    expect(await closed(ada)).toBe(1009)
    expect(functions.received()).toEqual([biggest, 'before'])
  })

  test('closes the socket when fragments exceed 128 KiB, and the message is not heard', async () => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    const ada = await viewer(port)
    await say(ada, 'before')
    for (const fin of [false, false, false, false, true]) ada.send(fin ? '!' : biggest, { fin })
    expect(await closed(ada)).toBe(1009)
    expect(functions.received()).toEqual(['before'])
  })

  test('closes the socket when one of the fragments is too large, be it the last or not', async () => {
    const functions = socketFunctions()
    const { port } = await edge(functions)
    for (const parts of [
      ['a', `${biggest}x`],
      [`${biggest}x`, 'a'],
    ]) {
      const ada = await viewer(port)
      parts.forEach((part, at) => {
        ada.send(part, { fin: at === 1 })
      })
      expect(await closed(ada)).toBe(1009)
    }
    expect(functions.received()).toEqual([])
  })

  test.each([
    ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    ['a frame without a mask', Buffer.from([0x81, 0x01, 0x41]), 1002],
    ['text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]), 1007],
  ])('closes the socket of a client that sends %s, and no other', async (_name, bytes, code) => {
    const { port } = await edge(socketFunctions())
    const [eve, ada] = [await bareViewer(port), await viewer(port)]
    eve.socket.write(bytes)
    await eve.ended
    expect(eve.sofar().readUInt16BE(2)).toBe(code)
    expect(await say(ada, 'still here')).toBe('still here')
  })
})
