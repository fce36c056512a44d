/** The OpenAPI description: valid, complete, in both languages, and with limits on all input. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { functions } from '../../infra/functions/http.ts'
import { HistoryQuery, SearchQuery } from '../../lib/wire/chat.ts'
import { openApi } from '../../lib/wire/openapi.ts'

const Schema = z.looseObject({
  type: z.optional(z.string()),
  description: z.optional(z.string()),
  get properties() {
    return z.optional(z.record(z.string(), Schema))
  },
  get items() {
    return z.optional(Schema)
  },
  get anyOf() {
    return z.optional(z.array(Schema))
  },
})
type Schema = z.infer<typeof Schema>

const Content = z.object({ content: z.object({ 'application/json': z.object({ schema: Schema }) }) })
/** JSON, or a form with a file. */
const Body = z.object({ content: z.record(z.string(), z.object({ schema: Schema })) })
const Operation = z.object({
  summary: z.string(),
  security: z.optional(z.array(z.unknown())),
  parameters: z.optional(z.array(z.object({ name: z.string(), in: z.literal('query'), schema: Schema }))),
  requestBody: z.optional(Body),
  responses: z.record(z.string(), Content),
})
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

// biome-ignore lint/suspicious/noExplicitAny: it is a document
const description: any = openApi('0.0.0')
const operations = Object.entries(Document.parse(description).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, ...operation })),
)

const deployed = Object.values(functions)
  .flatMap(({ events }) => events.map(({ httpApi }) => httpApi))
  .filter((route) => route !== '*')

const bounds: Record<string, string[]> = {
  string: ['maxLength', 'pattern', 'enum', 'const'],
  integer: ['maximum', 'enum', 'const'],
  number: ['maximum', 'enum', 'const'],
  array: ['maxItems'],
  boolean: ['type'],
  object: ['properties'],
  null: ['type'],
}

/** The parts of a schema without a limit. A description with a number counts as a limit. */
function unbounded(name: string, schema: Schema): string[] {
  const parts = [
    ...Object.entries(schema.properties ?? {}).map(([key, part]) => unbounded(`${name}.${key}`, part)),
    ...(schema.items ? [unbounded(`${name}[]`, schema.items)] : []),
    ...(schema.anyOf ?? []).map((part) => unbounded(name, part)),
  ].flat()
  const isBounded =
    schema.anyOf !== undefined ||
    bounds[schema.type ?? '']?.some((bound) => bound in schema) ||
    'enum' in schema ||
    (schema.type === 'string' && /\d/.test(schema.description ?? ''))
  return isBounded ? parts : [name, ...parts]
}

const isChinese = (text: string): boolean => /\p{Script=Han}/u.test(text)
const isEnglish = (text: string): boolean => /[a-z]/i.test(text) && !isChinese(text)

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(structuredClone(description))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('has the routes that are deployed, and no others', () => {
    expect(operations.map(({ route }) => route).sort()).toEqual(deployed.sort())
  })

  it('requires a token, except on public routes', () => {
    expect(description).toMatchObject({ security: [{ bearer: [] }] })
    const open = operations.filter(({ security }) => security !== undefined)
    expect(open.map(({ route }) => route).sort()).toEqual([
      'GET /api/health',
      'POST /api/user/login',
      'POST /api/user/register',
    ])
    for (const { security } of open) expect(security).toEqual([])
  })
})

describe.each(operations)('$route', ({ summary, parameters = [], requestBody, responses }) => {
  it('has a summary in English and in Chinese', () => {
    const [english = '', chinese = '', ...more] = summary.split(' · ')
    expect([isEnglish(english), isChinese(chinese), more]).toEqual([true, true, []])
  })

  it('limits all its input', () => {
    const taken = parameters.flatMap(({ name, schema }) => unbounded(name, schema))
    if (requestBody) {
      const [{ schema } = { schema: {} as Schema }] = Object.values(requestBody.content)
      expect(Object.keys(schema.properties ?? {})).not.toEqual([])
      taken.push(...unbounded('body', schema))
    }
    expect(taken).toEqual([])
  })

  it('replies with an envelope, whatever the status', () => {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '503']))
    for (const { content } of Object.values(responses)) {
      const { schema } = content['application/json']
      expect(schema).toMatchObject({ type: 'object', required: ['code', 'msg'] })
    }
  })
})

describe('what the checks refuse by pattern', () => {
  const properties = (path: string, method: string): Record<string, unknown> =>
    Document.parse(description).paths[path]?.[method]?.requestBody?.content['application/json']?.schema.properties ?? {}

  it.each([
    ['/api/user/register', 'post', ['username', 'password', 'email']],
    ['/api/user/profile', 'put', ['nickname', 'avatar', 'email', 'phone']],
    ['/api/friend/desc', 'post', ['desc']],
    ['/api/friend/request', 'post', ['remark']],
  ])('%s: is in the description, too', (path, method, fields) => {
    for (const field of fields) {
      const patterns = [...JSON.stringify(properties(path, method)[field]).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]
      const isTaken = (text: string): boolean =>
        patterns.every(([, pattern = '']) => new RegExp(JSON.parse(pattern)).test(text))
      expect(patterns.length).toBeGreaterThan(0)
      expect(isTaken('a\u0007b'), field).toBe(false)
    }
  })
})

describe('what several members say together', () => {
  it('is refused by the description, too, where the checks refuse it together', () => {
    const [parameter, ...others] = description.paths['/api/chat/history'].get.parameters
    expect(others).toEqual([])
    // Its members are sent as if each were a parameter.
    expect(parameter).toMatchObject({ in: 'query', required: true, style: 'form', explode: true })
    expect(parameter.schema).toMatchObject({ required: ['target_id'], not: { required: ['before_seq', 'after_seq'] } })
    expect(z.safeParse(HistoryQuery, { target_id: '1', before_seq: '2', after_seq: '1' }).success).toBe(false)
    expect(z.safeParse(HistoryQuery, { target_id: '1', before_seq: '2' }).success).toBe(true)
  })

  it('is refused by the description, too, where one says nothing without the other', () => {
    const [parameter, ...others] = description.paths['/api/chat/search'].get.parameters
    expect(others).toEqual([])
    expect(parameter.schema).toMatchObject({
      required: ['q'],
      not: { required: ['chat_type'], not: { required: ['target_id'] } },
    })
    expect(z.safeParse(SearchQuery, { q: 'a', chat_type: '3' }).success).toBe(false)
    expect(z.safeParse(SearchQuery, { q: 'a', chat_type: '3', target_id: '1' }).success).toBe(true)
    expect(z.safeParse(SearchQuery, { q: 'a' }).success).toBe(true)
  })

  it('may be null where it may be absent, as it counts as absent', () => {
    const { schema } = description.paths['/api/user/register'].post.requestBody.content['application/json']
    const { username, email } = schema.properties
    expect(email.anyOf).toContainEqual({ type: 'null' })
    expect(JSON.stringify(username)).not.toContain('null')
  })
})

describe('a number in a query', () => {
  const { properties } = description.paths['/api/chat/history'].get.parameters[0].schema
  const takes = (name: string, text: string): boolean => new RegExp(properties[name].pattern).test(text)

  it.each([
    ['target_id', ['1', '10', '999999999999999', String(2 ** 53 - 1)], ['0', '01', '-1', '1e3', '', String(2 ** 53)]],
    [
      'after_seq',
      ['0', '1', '8999999999999999', String(2 ** 53 - 1)],
      ['00', '-0', String(2 ** 53), '9999999999999999'],
    ],
    ['limit', ['1', '9', '99', '100', '199', '200'], ['0', '201', '210', '300', '1000']],
  ])('has its bounds in the description: %s', (name, taken, refused) => {
    expect(taken.filter((text) => !takes(name, text))).toEqual([])
    expect(refused.filter((text) => takes(name, text))).toEqual([])
    const check = (text: string) => z.safeParse(HistoryQuery, { target_id: '1', [name]: text }).success
    expect([taken.every(check), refused.some(check)]).toEqual([true, false])
  })
})

describe('the check of limits', () => {
  it.each([
    ['a text', { type: 'string', description: 'a name' }],
    ['a list', { type: 'array', items: { type: 'boolean' } }],
    ['a number', { type: 'integer', minimum: 1 }],
    ['anything', {}],
  ])('finds %s without one, at any depth', (_what, part) => {
    const schema = { type: 'object', properties: { list: { type: 'array', maxItems: 1, items: part } } }
    expect(unbounded('body', Schema.parse(schema))).toEqual(['body.list[]'])
  })
})
