import { Agent } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { edge, socketFunctions } from './edge-testbed.ts'
import { ask, bareViewer, closed, frame, refusal, viewer } from './edge-viewer.ts'

describe('stopping', () => {
  test('closes every socket with 1001, tells its function, and frees both ports', async () => {
    const functions = socketFunctions()
    const started = await edge(functions)
    const sockets = await Promise.all([viewer(started.port), viewer(started.port), viewer(started.port)])
    const codes = sockets.map(closed)
    await started.stop()
    expect(await Promise.all(codes)).toEqual([1001, 1001, 1001])
    expect(functions.of('disconnect')).toHaveLength(3)
    const { port, managementPort } = started
    expect(await edge({ port, managementPort })).toMatchObject({ port, managementPort })
  })

  test('bids each socket farewell before it closes, with numbers of its own', async () => {
    let farewells = 0
    const farewell = () => `farewell ${farewells++}`
    const started = await edge({ ...socketFunctions(), farewell })
    const sockets = await Promise.all(Array.from({ length: 20 }, () => viewer(started.port)))
    const last = sockets.map((socket) => {
      const heard: unknown[] = []
      socket.on('message', (text) => heard.push(String(text)))
      return closed(socket).then((code) => [...heard, code])
    })
    await started.stop()
    const words = await Promise.all(last)
    expect(words.map(([text]) => text).sort()).toEqual(Array.from({ length: 20 }, (_, at) => `farewell ${at}`).sort())
    expect(words.map((all) => all.slice(1))).toEqual(Array(20).fill([1001]))
  })

  test('takes less than 3 s even with a viewer that never hangs up, one that does not read, and an upgrade under way', async () => {
    const connect = vi.fn(() => ({ statusCode: 200 }) as unknown)
    const functions = socketFunctions({ connect, message: () => ({ statusCode: 200, body: 'x'.repeat(32_768) }) })
    const started = await edge({ ...functions, farewell: () => 'farewell' })
    const [ada, eve] = [await bareViewer(started.port), await bareViewer(started.port)]
    eve.socket.pause()
    for (let asked = 0; asked < 20; asked += 1) eve.socket.write(frame('more'))
    await vi.waitFor(() => expect(functions.received()).toHaveLength(20))
    connect.mockReturnValue(new Promise(() => {}))
    const refused = refusal(started.port)
    await vi.waitFor(() => expect(connect).toHaveBeenCalledTimes(3))

    const began = performance.now()
    await started.stop()
    expect(performance.now() - began).toBeLessThan(3000)
    expect((await refused).status).toBe(503)
    const goodbye = Buffer.concat([Buffer.from([0x88, 12, 0x03, 0xe9]), Buffer.from('Going away')])
    expect(ada.sofar()).toEqual(Buffer.concat([frame('farewell', { isMasked: false }), goodbye]))
  })

  test('ends kept-alive connections at once, others after their answer', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const call = async (name: string) => {
      if (name === 'GET /slow') {
        resolve()
        await mayAnswer
      }
      return { statusCode: 200, body: 'answered' }
    }
    const started = await edge({ call, routes: ['GET /slow', '$default'] })
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
    const call = () => {
      resolve()
      return new Promise(() => {})
    }
    const started = await edge({ call })
    const hanging = ask(started.port, '/')
    const outcome = expect(hanging).rejects.toThrow('socket hang up')
    await asked
    const began = performance.now()
    await started.stop()
    expect(performance.now() - began).toBeLessThan(3000)
    await outcome
  })
})
