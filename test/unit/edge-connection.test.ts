import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { edge, httpOrigin, nowhere, socketOrigin, witness } from './edge-origin.ts'
import { ask, say, viewer } from './edge-viewer.ts'

describe('an HTTP API in trouble', () => {
  const unavailable = [503, '{"message":"Service Unavailable"}']

  test('is answered for with 503 when it is down, was stopped or does not answer in time', async () => {
    const down = await ask((await edge({ httpApi: nowhere })).port, '/')
    expect([down.status, down.body]).toEqual(unavailable)

    const origin = await witness()
    const before = await edge({ httpApi: origin.url })
    expect((await ask(before.port, '/')).status).toBe(200)
    origin.server.close()
    const stopped = await ask(before.port, '/')
    expect([stopped.status, stopped.body]).toEqual(unavailable)

    const silent = await httpOrigin(() => {})
    const { port } = await edge({ httpApi: silent.url, limits: { ...gatewayLimits, timeoutMs: 50 } })
    const slow = await ask(port, '/')
    expect([slow.status, slow.body]).toEqual(unavailable)
  })

  test('that stops within an answer breaks the viewer’s after the same time', async () => {
    const origin = await httpOrigin((_incoming, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
    })
    const { port } = await edge({ httpApi: origin.url, limits: { ...gatewayLimits, timeoutMs: 50 } })
    await expect(ask(port, '/')).rejects.toThrow('aborted')
  })

  test('that breaks off within an answer breaks the viewer’s too', async () => {
    const origin = await httpOrigin((_incoming, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    })
    const { port } = await edge({ httpApi: origin.url })
    await expect(ask(port, '/')).rejects.toThrow('aborted')
  })
})

describe('connections', () => {
  test('to the API are not made: it is handed requests and sockets in this process', async () => {
    const origin = await socketOrigin()
    let connections = 0
    origin.server.on('connection', () => {
      connections += 1
    })
    origin.server.on('request', (_incoming, response) => response.end('answered'))
    const { port } = await edge({ httpApi: origin.url, webSocketApi: origin.url })
    expect((await ask(port, '/')).body).toBe('answered')
    expect(await say(await viewer(port), 'hello')).toBe('hello')
    expect(connections).toBe(0)
  })

  test('of a viewer that goes away end the request at the API, and nothing else', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const origin = await httpOrigin((incoming, response) => {
      if (incoming.url === '/other') {
        response.end()
        return
      }
      response.once('close', end)
      resolve()
    })
    const { port } = await edge({ httpApi: origin.url, routes: ['GET /other', '$default'] })
    const leaving = request({ port, host: '127.0.0.1', path: '/', method: 'POST' }).on('error', () => {})
    leaving.end('all of it')
    await asked
    leaving.destroy()
    await ended
    expect((await ask(port, '/other')).status).toBe(200)
  })
})

test('a port that is taken is named in one sentence', async () => {
  const { port } = await edge({})
  await expect(edge({ port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken. Stop the other program, or choose another port in custom.edge.port.`,
  )
})
