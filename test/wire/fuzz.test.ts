/** Odd requests and frames by the thousand: each is answered, none by a fault, and the service goes on. */
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answered, call } from '../support/http.ts'
import { bytes, like, queryText, value } from '../support/odd.ts'
import { newcomers } from '../support/people.ts'
import { type Route, routes } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const { ada, bob, eve } = newcomers(beforeAll, 'ada', 'bob', 'eve')

// A longer run takes this many for each route and kind of frame.
const numRuns = Number(process.env.FUZZ_RUNS ?? 20)
const timeoutMs = 20_000 + numRuns * 500

// Who ends a session, or changes the password by chance, would fuzz the answers to strangers from then on.
const fuzzed = routes.filter(({ path }) => !/\/(logout|sessions\/end.*)$/.test(path))

/** Inputs of a route; one in eight has a token that is none. */
const requestsTo = ({ body, query = {}, isOpen }: Route) =>
  fc.record({
    query: fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(query), 'cursor', 'limit'), queryText), queryText, {
      maxKeys: 2,
    }),
    body: body ? fc.oneof({ arbitrary: like(body), weight: 6 }, value) : fc.constant(undefined),
    raw: body ? fc.option(bytes, { freq: 6, nil: undefined }) : fc.constant(undefined),
    token: isOpen
      ? fc.constant(undefined)
      : fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), { freq: 7, nil: undefined }),
    language: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  })

describe.each(fuzzed)('$method $path', (route) => {
  it('answers whatever it is asked', { timeout: timeoutMs }, async () => {
    const people = [ada, bob, eve]
    let turn = 0
    await fc.assert(
      fc.asyncProperty(requestsTo(route), async ({ token, language, ...given }) => {
        turn += 1
        const own = people[turn % people.length]?.token ?? ''
        const headers = { 'accept-language': language }
        answered(await call(route.method, route.path, { ...given, headers, token: token ?? own }))
      }),
      { numRuns },
    )
    answered(await call('GET', '/api/health'))
  })
})

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

describe.each(shapes)('a frame of type $type with $content$seq$typing', (shape) => {
  it('is answered, or ends its socket, and is never a fault', { timeout: timeoutMs }, async () => {
    let socket: Socket | undefined
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          { arbitrary: like(shape).map((frame) => JSON.stringify(frame)), weight: 8 },
          { arbitrary: value.map((frame) => JSON.stringify(frame)), weight: 1 },
          { arbitrary: bytes.map((frame) => Buffer.from(frame)), weight: 1 },
        ),
        async (frame) => {
          socket ??= await connect({ token: ada.token })
          socket.send(frame)
          const answer = await answerOf(socket)
          expect(socket.frames.filter(({ reason }) => reason === 'FAULT')).toEqual([])
          if (answer === 'closed') socket = undefined
          if (answer === 'busy') await pause(1_000)
        },
      ),
      { numRuns },
    )
  })
})
