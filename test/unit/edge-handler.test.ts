/** What stands before the service's own handlers: how the authorizer refuses, how events arrive. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { translatingUnauthorized, webSocketAuthorizers } from '../../infra/local/edge/authorizer.ts'
import { unwrappingEvent } from '../../infra/local/edge/carrier.ts'
import { standBefore } from '../../infra/local/edge/handler.ts'
import { codeDir } from './edge-code.ts'

const handler = 'functions/socket/authorize.handler'

/** The generated handler before the one that is given as text. */
async function standing(body: string, code: string, name?: string) {
  const dir = await codeDir(code, name)
  expect(await standBefore(dir, 'authorize', handler, body)).toBe('.edge/authorize.handler')
  const { handler: wrapped } = await import(pathToFileURL(join(dir, '.edge/authorize.mjs')).href)
  return wrapped
}

describe('the authorizer', () => {
  test('is found in the websocket events, be it named by a text or an object', () => {
    const functions = {
      other: { handler: 'c.handler', events: [{ httpApi: 'GET /' }, { websocket: '$default' }] },
      connect: {
        handler: 'd.handler',
        events: [{ websocket: { route: '$connect', authorizer: { name: 'first', identitySource: [] } } }],
      },
      again: { events: [{ websocket: { authorizer: 'second' } }, { websocket: { authorizer: 'first' } }] },
      foreign: { events: [{ websocket: { authorizer: { arn: 'arn:aws:lambda:::' } } }] },
    }
    expect(webSocketAuthorizers(functions)).toEqual(['first', 'second'])
  })

  test('says Unauthorized by that error alone: other faults stay faults, policies pass', async () => {
    const wrapped = await standing(
      translatingUnauthorized,
      `export const handler = async ({ error, answer }, context) => {
        if (error) throw error
        return answer ?? context
      }`,
    )
    const policy = { principalId: 'ada' }
    expect(await wrapped({ answer: policy })).toBe(policy)
    expect(await wrapped({}, 'context')).toBe('context')
    expect(await wrapped({ error: new Error('Unauthorized') })).toBe('Unauthorized')
    for (const message of ['unauthorized', 'Unauthorized.', 'Unauthorized: connect ECONNREFUSED', '']) {
      await expect(wrapped({ error: new Error(message) })).rejects.toThrow(message)
    }
    await expect(wrapped({ error: { message: 'Unauthorized' } })).rejects.toEqual({ message: 'Unauthorized' })
    await expect(wrapped({ answer: 'Unauthorized' })).rejects.toThrow('throw it')
  })

  test('is found whichever way it was built', async () => {
    const code = 'module.exports.handler = async () => { throw new Error("Unauthorized") }'
    expect(await (await standing(translatingUnauthorized, code, 'authorize.cjs'))()).toBe('Unauthorized')
    const dir = await codeDir('')
    await expect(standBefore(dir, 'other', 'functions/none.handler', '')).rejects.toThrow('has no built file')
  })
})

describe('a function with a route', () => {
  const echo = 'export const handler = async (event, context) => ({ event, context })'

  test('is given the event that was carried, and its own when it is invoked without', async () => {
    const wrapped = await standing(unwrappingEvent, echo)
    const carried = { headers: { 'x-gateway-event': JSON.stringify({ rawPath: '/é' }) }, rawPath: '/$default' }
    expect(await wrapped(carried, 'context')).toEqual({ event: { rawPath: '/é' }, context: 'context' })
    expect(await wrapped({ invoked: true }, 'context')).toEqual({ event: { invoked: true }, context: 'context' })
    expect(await wrapped({ headers: {} })).toEqual({ event: { headers: {} }, context: undefined })
  })

  test('that throws is answered for as the gateway does, without a word of why', async () => {
    const wrapped = await standing(
      unwrappingEvent,
      'export const handler = async () => { throw new Error("[404] why") }',
    )
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    expect(await wrapped({ headers: { 'x-gateway-event': '{}' } })).toEqual({
      statusCode: 500,
      headers: { 'content-type': 'application/json' },
      body: '{"message":"Internal Server Error"}',
    })
    expect(logged).toHaveBeenCalledOnce()
    await expect(wrapped({})).rejects.toThrow('why')
  })
})
