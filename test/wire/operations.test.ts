/** GET /api/health and the API documents. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, ok } from '../support/http.ts'
import { routes } from '../support/route.ts'

describe('health', () => {
  it('names each dependency with its state, without a token; of a deployed stage only that it answers', async () => {
    const state = ok(await call('GET', '/api/health'), z.record(z.string(), z.unknown()).optional())
    if (process.env.BASE_URL === undefined) expect(state).toEqual({ mysql: 'up', redis: 'up', kafka: 'up' })
  })
})

describe('the documents', () => {
  const Document = z.looseObject({
    openapi: z.string().regex(/^3\.1\.\d+$/),
    info: z.looseObject({ title: z.string().min(1), version: z.string().min(1) }),
    paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  })

  it('are a page', async () => {
    const reply = await call('GET', '/swagger/index.html')
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toMatch(/^text\/html/)
    expect(reply.text).toMatch(/swagger/i)
  })

  it('describe every route', async () => {
    const reply = await call('GET', '/swagger/openapi.json')
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
    const { paths } = Document.parse(reply.body)
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described).toEqual(expect.arrayContaining(routes.map(({ method, path }) => `${method} ${path}`)))
  })

  it('describe every frame, on a page and as AsyncAPI', async () => {
    const page = await call('GET', '/swagger/ws.html')
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)])
    expect(page.text).not.toMatch(/<script|<style|\sstyle=/i)
    const { status, body } = await call('GET', '/swagger/asyncapi.json')
    expect(status).toBe(200)
    const { components } = z
      .object({ components: z.object({ messages: z.record(z.string(), z.unknown()) }) })
      .parse(body)
    expect(Object.keys(components.messages).length).toBeGreaterThan(10)
    for (const name of Object.keys(components.messages)) expect(page.text).toContain(`id="${name}"`)
  })
})
