/** What a client brings to the handshake names nothing: neither the connection nor the person, nor how they speak. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heardMany, history, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { open, proper } from '../support/handshake.ts'
import { newcomers } from '../support/people.ts'
import { acceptOf, closeAll, connect, ofType } from '../support/socket.ts'

afterAll(closeAll)

const { ada, carol } = newcomers(beforeAll, 'ada', 'carol')
beforeAll(async () => {
  await befriend(ada, carol)
})

describe('a key that two clients share', () => {
  const { ada, bob, carol } = newcomers(beforeEach, 'ada', 'bob', 'carol')
  beforeEach(async () => {
    await Promise.all([befriend(ada, carol), befriend(bob, carol)])
  })

  const key = 'AAAAAAAAAAAAAAAAAAAAAA=='
  const rounds = 20

  it('lets each speak in its own name, however often both open at once', async () => {
    const inbox = await connect({ token: carol.token })
    for (let round = 1; round <= rounds; round += 1) {
      const [adas, bobs] = await Promise.all([ada, bob].map(({ token }) => connect({ token, key })))
      if (!adas || !bobs) throw new Error('no sockets')
      await Promise.all([say(adas, carol, `ada ${round}`), say(bobs, carol, `bob ${round}`)])
      const heard = (await heardMany(inbox, 2)).map(({ from_id, content }) => [from_id, content])
      expect(heard).toEqual(
        expect.arrayContaining([
          [ada.id, `ada ${round}`],
          [bob.id, `bob ${round}`],
        ]),
      )
      await Promise.all([adas.close(), bobs.close()])
    }
    for (const person of [ada, bob]) expect(await history(carol, person)).toHaveLength(rounds)
  })

  it('lets each be heard of alone: what one is sent does not reach the other', async () => {
    const [adas, bobs, carols] = await Promise.all([
      connect({ token: ada.token, key }),
      connect({ token: bob.token, key }),
      connect({ token: carol.token, key }),
    ])
    await say(carols, ada, 'for ada')
    await adas.next((frame) => frame.content === 'for ada')
    await bobs.none(ofType(2))
    await adas.close()
    await say(carols, bob, 'for bob')
    await bobs.next((frame) => frame.content === 'for bob')
  })
})

describe('a key', () => {
  it('is answered by what it stands for', async () => {
    for (const key of ['dGhlIHNhbXBsZSBub25jZQ==', 'AAAAAAAAAAAAAAAAAAAAAA==', '++++++//////0000000000==']) {
      const { status, headers } = await open(ada.token, { ...proper, 'sec-websocket-key': key })
      expect([status, headers['sec-websocket-accept']]).toEqual([101, acceptOf(key)])
    }
  })

  it.each([
    ['is missing', []],
    ['is empty', ''],
    ['is short', 'dGhlIHNhbXBsZQ=='],
    ['is long', 'dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=='],
    ['is no base64', '!!!!!!!!!!!!!!!!!!!!!!=='],
    ['comes twice', [proper['sec-websocket-key'], proper['sec-websocket-key']]],
  ])('that %s opens nothing', async (_title, key) => {
    const { status, text } = await open(ada.token, { ...proper, 'sec-websocket-key': key })
    expect([status, JSON.parse(text)]).toEqual([400, { message: 'Bad Request' }])
  })

  it.each(['12', '', 'x', '130'])('of another version than 13 opens nothing: %j', async (version) => {
    const { status, text } = await open(ada.token, { ...proper, 'sec-websocket-version': version })
    expect([status, JSON.parse(text)]).toEqual([400, { message: 'Bad Request' }])
  })
})

describe('what a client offers', () => {
  it.each(['chat', 'chat, superchat', 'bearer, secret', 'a,a', ',', 'no token at all'])(
    'as protocols (%s) is agreed to by none',
    async (protocols) => {
      const { status, headers } = await open(ada.token, { ...proper, 'sec-websocket-protocol': protocols })
      expect(status).toBe(101)
      expect(headers).not.toHaveProperty('sec-websocket-protocol')
    },
  )

  it.each(['permessage-deflate', 'permessage-deflate; client_max_window_bits', 'x; y=z', ';;'])(
    'as extensions (%s) is agreed to by none',
    async (extensions) => {
      const { status, headers } = await open(ada.token, { ...proper, 'sec-websocket-extensions': extensions })
      expect(status).toBe(101)
      expect(headers).not.toHaveProperty('sec-websocket-extensions')
    },
  )
})

describe('a frame', () => {
  it.each(['$disconnect', '$connect', '$default', 'nothing'])(
    'that names the route %s is like any other',
    async (route) => {
      const socket = await connect({ token: ada.token })
      socket.send({ type: 0, ping: 'here', route, action: route })
      expect(await socket.next(ofType(0))).toMatchObject({ pong: 'here' })
      socket.send({ type: 99, route })
      await socket.next(ofType(9))
      await say(socket, carol, `still here after ${route}`)
    },
  )
})
