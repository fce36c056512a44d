/** HTTP input: its size, its encoding, its shape. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { bodyLimit } from '../../lib/entry/middleware/body-limit.ts'
import { jsonBody } from '../../lib/entry/middleware/json-body.ts'
import { validate } from '../../lib/entry/middleware/validate.ts'
import { request, through } from './entry-event.ts'

const base64 = (bytes: string | Uint8Array) => ({ body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true })

describe('a body', () => {
  const limited = (given: object) => through([bodyLimit(8)], request(given), async () => 'passed')

  it.each([{}, { body: '' }, { body: 'é'.repeat(4) }, base64('é'.repeat(4))])(
    'passes up to the limit: %o',
    async (given) => {
      expect(await limited(given)).toBe('passed')
    },
  )

  it.each([{ body: 'é'.repeat(5) }, base64('é'.repeat(5))])(
    'is refused above it, in decoded bytes: %o',
    async (given) => {
      await expect(limited(given)).rejects.toMatchObject({ reason: 'BODY_TOO_LARGE' })
    },
  )
})

describe('JSON', () => {
  const read = (given: object) => through([jsonBody()], request(given), async ({ json }) => json)

  it.each([{ body: '{"名":"明"}' }, base64('{"名":"明"}')])('is read from text and from base64: %o', async (given) => {
    expect(await read(given)).toEqual({ 名: '明' })
  })

  it.each([{}, { body: '' }, { body: '{"a":' }, { body: 'a=b' }, base64('a=b'), base64('\ufeff{}')])(
    'is required of a body: %o',
    async (given) => {
      await expect(read(given)).rejects.toMatchObject({
        reason: 'INVALID_INPUT',
        detail: { field: 'body: must be JSON' },
      })
    },
  )

  it('is not read from bytes that are not UTF-8', async () => {
    const given = base64(Uint8Array.of(0x22, 0xff, 0x22))
    await expect(read(given)).rejects.toMatchObject({
      reason: 'INVALID_INPUT',
      detail: { field: 'body: must be UTF-8' },
    })
  })
})

describe('input', () => {
  const body = z.object({ name: z.string({ error: 'must be text' }) })
  const query = z.object({ limit: z.optional(z.string({ error: 'must be text' })) })
  const checked = (schemas: Parameters<typeof validate>[0], given: object) =>
    through([validate(schemas)], { ...request(), ...given }, async ({ input }) => input)

  it('is reduced to what its schemas name', async () => {
    const given = { json: { name: 'ada', more: 1 }, queryStringParameters: { limit: '2', more: '1' } }
    expect(await checked({ body, query }, given)).toEqual({ body: { name: 'ada' }, query: { limit: '2' } })
  })

  it('is never taken from a prototype in the body', async () => {
    const json: unknown = JSON.parse('{"__proto__":{"name":"ada"},"more":null}')
    await expect(checked({ body }, { json })).rejects.toMatchObject({ detail: { field: 'body.name: must be text' } })
  })

  it('is undefined without a schema', async () => {
    const given = { json: { name: 'ada' }, queryStringParameters: { limit: '2' } }
    expect(await checked({}, given)).toEqual({ body: undefined, query: undefined })
  })

  it('is refused with the name of the field', async () => {
    const refusal = { reason: 'INVALID_INPUT', detail: { field: 'body.name: must be text' } }
    await expect(checked({ body }, { json: { name: 1 } })).rejects.toMatchObject(refusal)
    await expect(checked({ query }, { queryStringParameters: { limit: 1 } })).rejects.toMatchObject({
      detail: { field: 'query.limit: must be text' },
    })
  })
})
