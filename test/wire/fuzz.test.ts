/** Odd requests and frames by the thousand: each is answered, none by a fault, and the service goes on. */
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { baseUrl } from '../support/address.ts'
import { casesOf, count } from '../support/cases.ts'
import { befriend } from '../support/friend.ts'
import { answered, call, type Reply, reasonOf } from '../support/http.ts'
import { bytes, type Known, like, near, queryText, type Schema, value } from '../support/odd.ts'
import { newcomers, type Person, password, person } from '../support/people.ts'
import { closeAll, connect, type Frame, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const { ada, bob, eve } = newcomers(beforeAll, 'ada', 'bob', 'eve')
// Their sessions are not those that a request may end.
const { zoe, yan } = newcomers(beforeAll, 'zoe', 'yan')
beforeAll(() => befriend(zoe, yan))

interface Route {
  method: string
  path: string
  isOpen: boolean
  query: Schema
  body: Schema | undefined
  /** The field of a form that takes a file. */
  file: string | undefined
}

interface Operation {
  security?: unknown[]
  parameters?: { name: string; explode?: boolean; schema: Schema }[]
  requestBody?: { content: { 'application/json'?: { schema: Schema }; 'multipart/form-data'?: { schema: Schema } } }
}

/** The routes as the service describes them, so that a new one is asked without being named here. */
async function described(): Promise<Route[]> {
  const response = await fetch(`${baseUrl}/swagger/openapi.json`)
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      isOpen: security?.length === 0,
      query: queryOf(parameters),
      body: requestBody?.content['application/json']?.schema,
      file: Object.keys(requestBody?.content['multipart/form-data']?.schema.properties ?? {})[0],
    })),
  )
}

function queryOf(parameters: NonNullable<Operation['parameters']>): Schema {
  const exploded = parameters.find(({ explode }) => explode)
  const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]))
  return exploded?.schema ?? { type: 'object', properties, required: Object.keys(properties) }
}

const routes = await described()
const requestsEach = casesOf(routes.length, 0.5)
const timeoutMs = (cases: number): number => 20_000 + cases * 500

/** Inputs of a route; one in eight has a token that is none. */
const requestsTo = ({ body, file, query, isOpen }: Route, known: Known) =>
  fc.record({
    query: fc.oneof(
      { arbitrary: near(query, known).map(asQuery), weight: 3 },
      fc.dictionary(fc.oneof(fc.constantFrom('cursor', 'limit'), queryText), queryText, { maxKeys: 2 }),
    ),
    body: body ? near(body, known) : fc.constant(undefined),
    raw: file ? formWith(file) : body ? fc.option(bytes, { freq: 9, nil: undefined }) : fc.constant(undefined),
    type: file ? fc.constantFrom(formType, formType, 'multipart/form-data', 'text/plain') : fc.constant(undefined),
    token: isOpen
      ? fc.constant(undefined)
      : fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), { freq: 7, nil: undefined }),
    language: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  })
type Odd = ReturnType<typeof requestsTo> extends fc.Arbitrary<infer Case> ? Case : never

const formType = 'multipart/form-data; boundary=edge'

/** A form with bytes for a file, or something like it. */
const formWith = (field: string) =>
  fc.tuple(bytes, fc.constantFrom(field, 'other', ''), fc.boolean()).map(([file, name, isWhole]) => {
    const head = `--edge\r\ncontent-disposition: form-data; name="${name}"; filename="a"\r\n\r\n`
    return new Uint8Array(Buffer.concat([Buffer.from(head), file, Buffer.from(isWhole ? '\r\n--edge--\r\n' : '')]))
  })

// Not by `String`: an odd value may have a `toString` of its own, which is no function.
function asQuery(members: unknown): Record<string, string> {
  const text = (one: unknown): string => (typeof one === 'string' ? one : JSON.stringify(one))
  return Object.fromEntries(Object.entries(members ?? {}).map(([name, one]) => [name, text(one)]))
}

/** Asks as people who take turns. One whom a request has logged out, or made away with, gives way to somebody new. */
function asker({ method, path, isOpen }: Route, people: Person[]): (odd: Odd) => Promise<Reply> {
  let turn = 0
  return async ({ token, language, type, ...given }) => {
    turn += 1
    const who = turn % people.length
    const ask = (own = '') =>
      call(method, path, {
        ...given,
        headers: { 'accept-language': language, ...(type && { 'content-type': type }) },
        token: token ?? own,
      })
    const reply = await ask(people[who]?.token)
    if (isOpen || token !== undefined || reply.status !== 401) return reply
    people[who] = await person('fuzz')
    const again = await ask(people[who]?.token)
    if (again.status === 401) expect(reasonOf(again)).not.toMatch(/^(TOKEN|SESSION)_/)
    return again
  }
}

it.concurrent.for(routes)(
  '$method $path answers whatever it is asked',
  { timeout: timeoutMs(requestsEach) },
  async (route, context) => {
    const known = { ids: [ada.id, bob.id, eve.id], texts: [password] }
    const ask = asker(route, [ada, bob, eve])
    const property = fc.asyncProperty(requestsTo(route, known), async (odd) => {
      answered(await ask(odd))
      count(context)
    })
    await fc.assert(property, { numRuns: requestsEach })
    answered(await call('GET', '/api/health'))
  },
)

describe.each(['/api/friend/list', '/api/friend/requests', '/api/friend/block/list'])('a page of %s', (path) => {
  it.each([
    '1',
    '7-205',
    '0',
    '0-0',
    '9999999999999999',
    '9999999999999999-9999999999999999',
    '1-',
    '-1',
    '1-2-3',
    'NaN',
  ])('from %s is there or refused', async (cursor) => {
    answered(await call('GET', path, { token: ada.token, query: { cursor } }))
  })
})

/** The frames of the contract, right in shape. */
const shapes = [
  { type: 0, ping: 1 },
  { type: 0, target_id: 1, content: 'hello', media: 0 },
  { type: 2, target_id: 1, content: 'hello', media: 1, client_msg_id: 'm1' },
  { type: 3, target_id: 1, content: 'hello', media: 1, client_msg_id: 'm1' },
  { type: 6, target_id: 1, chat_type: 2, seq: 1 },
  { type: 7, target_id: 1, chat_type: 3, typing: true },
]

const framesEach = casesOf(shapes.length, 0.3)
const maxFrameBytes = 32 * 1024
let marks = 0

/** What comes to a ping that follows: its pong, word that frames come too fast, or the end of the socket. */
async function answerOf(socket: Socket): Promise<'pong' | 'busy' | 'closed'> {
  marks += 1
  const pong = `fuzz ${marks}`
  socket.send({ type: 0, ping: pong })
  try {
    const frame = await socket.next((one) => one.pong === pong || one.reason === 'TOO_MANY_REQUESTS')
    return frame.type === 0 ? 'pong' : 'busy'
  } catch {
    // Neither in time: then it has to be closed.
    await socket.closed
    return 'closed'
  }
}

/** A heartbeat around the greatest length that a frame may have. */
const long = fc
  .integer({ min: maxFrameBytes - 40, max: maxFrameBytes })
  .map((padding) => JSON.stringify({ type: 0, pad: 'x'.repeat(padding) }))

const framesLike = (shape: Frame): fc.Arbitrary<string | Buffer> =>
  fc.oneof(
    { arbitrary: like(shape).map((frame) => JSON.stringify(frame)), weight: 80 },
    { arbitrary: value.map((frame) => JSON.stringify(frame)), weight: 10 },
    { arbitrary: bytes.map((frame) => Buffer.from(frame)), weight: 10 },
    { arbitrary: long, weight: 1 },
  )

/** Frames that came have a type and tell of no fault. */
function expectSound({ frames }: Socket): void {
  expect(frames.filter(({ type, reason }) => !Number.isInteger(type) || reason === 'FAULT')).toEqual([])
  frames.length = 0
}

it.concurrent.for(shapes)(
  'a frame like %j is answered, or ends its socket, and is never a fault',
  { timeout: timeoutMs(framesEach) },
  async (shape, context) => {
    const yans = await connect({ token: yan.token })
    let socket: Socket | undefined
    const frames = framesLike({ ...shape, ...('target_id' in shape && { target_id: yan.id }) })
    const property = fc.asyncProperty(frames, async (frame) => {
      socket ??= await connect({ token: zoe.token })
      socket.send(frame)
      const answer = await answerOf(socket)
      expectSound(socket)
      // Nothing but its length ends a socket.
      expect(answer === 'closed').toBe(Buffer.byteLength(frame) > maxFrameBytes)
      count(context)
      if (answer === 'closed') {
        expect(await socket.closed).toBe(1009)
        socket = undefined
      }
      if (answer === 'busy') await pause(1_000)
    })
    await fc.assert(property, { numRuns: framesEach })
    await yans.ping()
    expectSound(yans)
  },
)
