import { Agent } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { bareOrigin, edge, httpOrigin, socketOrigin } from './edge-origin.ts'
import { ask, bareViewer, closed, frame, refusal, viewer } from './edge-viewer.ts'

describe('stopping', () => {
  test('closes every socket with 1001, at the API too, and frees the port', async () => {
    const origin = await socketOrigin()
    const started = await edge({ webSocketApi: origin.url })
    const sockets = await Promise.all([viewer(started.port), viewer(started.port), viewer(started.port)])
    const codes = sockets.map(closed)
    await started.stop()
    expect(await Promise.all(codes)).toEqual([1001, 1001, 1001])
    await vi.waitFor(() => expect(origin.closes).toEqual([1006, 1006, 1006]))
    const again = await edge({ webSocketApi: origin.url, port: started.port })
    expect(again.port).toBe(started.port)
  })

  test('reaches a viewer whose frames the API was too slow to take', async () => {
    const bare = await bareOrigin()
    const started = await edge({ webSocketApi: bare.url })
    const ada = await bareViewer(started.port)
    const gateway = await bare.accepted
    gateway.socket.pause()
    const part = frame('x'.repeat(32_768))
    while (ada.socket.writableLength < 4_000_000) {
      ada.socket.write(part)
      await new Promise(setImmediate)
    }
    const hadError = new Promise((resolve) => ada.socket.once('close', resolve))
    const stopped = started.stop()
    await ada.ended
    const goodbye = Buffer.concat([Buffer.from([0x88, 12, 0x03, 0xe9]), Buffer.from('Going away')])
    expect(ada.sofar()).toEqual(goodbye)
    ada.socket.end()
    expect(await hadError).toBe(false)
    await stopped
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

  test('ends kept-alive connections at once, others after their answer', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const origin = await httpOrigin(async (incoming, response) => {
      if (incoming.url === '/slow') {
        resolve()
        await mayAnswer
      }
      response.end('answered')
    })
    const started = await edge({ httpApi: origin.url, routes: ['GET /slow', '$default'] })
    const agent = new Agent({ keepAlive: true })
    await ask(started.port, '/', { agent })
    const slow = ask(started.port, '/slow', { agent: new Agent({ keepAlive: true }) })
    await asked
    const began = performance.now()
    const stopped = started.stop()
    answerNow()
    expect((await slow).body).toBe('answered')
    await stopped
    expect(performance.now() - began).toBeLessThan(1000)
    await expect(ask(started.port, '/')).rejects.toThrow('ECONNREFUSED')
  })

  test('is not held up for 3 s by a request that hangs', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const origin = await httpOrigin(() => resolve())
    const started = await edge({ httpApi: origin.url })
    const hanging = ask(started.port, '/')
    const outcome = expect(hanging).rejects.toThrow('socket hang up')
    await asked
    const began = performance.now()
    await started.stop()
    expect(performance.now() - began).toBeLessThan(3000)
    await outcome
  })
})
