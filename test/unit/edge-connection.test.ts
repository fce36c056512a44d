import { request } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { edge } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

describe('a function of the HTTP API', () => {
  /** What a viewer gets when the function answers this. */
  async function answer(result: unknown, method = 'GET') {
    const { port } = await edge({ call: async () => (result instanceof Error ? Promise.reject(result) : result) })
    const { status, headers, body } = await ask(port, '/', { method })
    return { status, type: headers['content-type'], headers, body }
  }

  test('answers with status, headers, cookies and a body of any bytes', async () => {
    const headers = { 'X-Ours': 'yes', 'x-count': 3, connection: 'upgrade', 'content-length': '1', 'keep-alive': 'x' }
    const told = await answer({ statusCode: 401, headers, cookies: ['a=1', 'b=2'], body: 'Grüße' })
    expect([told.status, told.body]).toEqual([401, 'Grüße'])
    expect(told.headers).toMatchObject({ 'x-ours': 'yes', 'x-count': '3', 'set-cookie': ['a=1', 'b=2'] })
    expect(told.headers).toMatchObject({ 'content-length': '7', connection: expect.not.stringContaining('upgrade') })
    expect((await answer({ statusCode: '200', body: 'aGk=', isBase64Encoded: true })).body).toBe('hi')
    expect(await answer({ statusCode: 204 })).toMatchObject({ status: 204, body: '' })
    const head = await answer({ statusCode: 200, body: 'not sent' }, 'HEAD')
    expect([head.headers['content-length'], head.body]).toEqual(['8', ''])
  })

  test('that answers without a status has answered with JSON', async () => {
    const json = { status: 200, type: 'application/json' }
    expect(await answer({ a: 1 })).toMatchObject({ ...json, body: '{"a":1}' })
    expect(await answer('text')).toMatchObject({ ...json, body: 'text' })
    expect(await answer(undefined)).toMatchObject({ ...json, body: 'null' })
  })

  test('that throws, or answers what is no answer, is answered for without a word of why', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    const fault = { status: 500, type: 'application/json', body: '{"message":"Internal Server Error"}' }
    expect(await answer(new Error('[404] why'))).toMatchObject(fault)
    for (const statusCode of ['many', 99, 1000, null]) expect(await answer({ statusCode })).toMatchObject(fault)
    expect(await answer({ statusCode: 200, headers: { 'no name': 'x' } })).toMatchObject(fault)
    expect(await answer({ statusCode: 200, headers: { a: 'x\r\ny: z' } })).toMatchObject(fault)
    expect(logged).toHaveBeenCalledTimes(7)
  })

  test('that is too slow is answered for with 503, and nobody hears what it says later', async () => {
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<unknown>()
    const { port } = await edge({ call: () => mayAnswer, limits: { timeoutMs: 50 } })
    const slow = await ask(port, '/')
    expect([slow.status, slow.body]).toEqual([503, '{"message":"Service Unavailable"}'])
    answerNow({ statusCode: 200 })
    expect((await ask(port, '/')).status).toBe(200)
  })

  test('does not hear of a viewer that goes away, and others are served', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<unknown>()
    const call = (name: string) => {
      if (name === 'GET /other') return Promise.resolve({ statusCode: 200 })
      resolve()
      return mayAnswer
    }
    const { port } = await edge({ call, routes: ['GET /other', '$default'] })
    const leaving = request({ port, host: '127.0.0.1', path: '/', method: 'POST' }).on('error', () => {})
    leaving.end('all of it')
    await asked
    leaving.destroy()
    answerNow({ statusCode: 200, body: 'to nobody' })
    expect((await ask(port, '/other')).status).toBe(200)
  })
})

test.each(['port', 'managementPort'] as const)('a %s that is taken is named in one sentence', async (setting) => {
  const { [setting]: taken } = await edge({})
  await expect(edge({ [setting]: taken })).rejects.toThrow(
    `Port ${taken} on 127.0.0.1 is taken. Stop the other program, or choose another port in custom.edge.${setting}.`,
  )
})
