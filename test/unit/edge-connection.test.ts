import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { edge, httpOrigin, nowhere, witness } from './edge-origin.ts'
import { ask } from './edge-viewer.ts'

describe('an HTTP API in trouble', () => {
  const unavailable = [503, '{"message":"Service Unavailable"}']

  test('is answered for with 503 when it is down, breaks off or does not answer in time', async () => {
    const down = await ask((await edge({ httpApi: nowhere })).port, '/')
    expect([down.status, down.body]).toEqual(unavailable)

    const breaking = await httpOrigin((incoming) => incoming.socket.destroy())
    const broken = await ask((await edge({ httpApi: breaking.url })).port, '/')
    expect([broken.status, broken.body]).toEqual(unavailable)

    const silent = await httpOrigin(() => {})
    const { port } = await edge({ httpApi: silent.url, limits: { ...gatewayLimits, timeoutMs: 50 } })
    const slow = await ask(port, '/')
    expect([slow.status, slow.body]).toEqual(unavailable)
  })

  test('that breaks off within an answer breaks the viewer’s too', async () => {
    const origin = await httpOrigin((incoming, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => incoming.socket.destroy())
    })
    const { port } = await edge({ httpApi: origin.url })
    await expect(ask(port, '/')).rejects.toThrow('aborted')
  })
})

describe('connections', () => {
  test('to the API are kept and used again', async () => {
    const origin = await witness()
    let connections = 0
    origin.server.on('connection', () => {
      connections += 1
    })
    const { port } = await edge({ httpApi: origin.url })
    for (let times = 0; times < 10; times += 1) await ask(port, '/', { agent: false })
    expect(origin.seen.length).toBe(10)
    expect(connections).toBe(1)
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
    const { port } = await edge({ httpApi: origin.url })
    const leaving = request({ port, host: '127.0.0.1', path: '/', method: 'POST' }).on('error', () => {})
    leaving.write('half of it')
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
