/** Frame 0 without target: the heartbeat. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patienceMs } from '../support/address.ts'
import { befriend, friendOf } from '../support/friend.ts'
import { newcomers, person } from '../support/people.ts'
import { Pong } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket, upgradeStatus } from '../support/socket.ts'

afterAll(closeAll)

let socket: Socket
beforeAll(async () => {
  socket = await connect({ token: (await person('ada')).token })
})

describe('a heartbeat', () => {
  it.each([
    ['alone', { type: 0 }],
    ['with a content', { type: 0, content: 'ping' }],
    ['with fields that nobody knows', { type: 0, time: 1, from: 'web', message: null }],
  ])('%s is not answered', async (_title, frame) => {
    for (let beat = 0; beat < 3; beat += 1) socket.send(frame)
    await socket.none(ofType(0, 2, 5, 9))
  })

  it.each([
    ['a number', 1_700_000_000_123],
    ['a text', 'are you there? 😀'],
  ])('that carries %s is answered with it and the time', async (_title, ping) => {
    socket.send({ type: 0, ping })
    const pong = Pong.parse(await socket.next(ofType(0)))
    expect(pong.pong).toBe(ping)
    await socket.none(ofType(0, 9))
  })

  it('is answered on its own socket only', async () => {
    const other = await connect({ token: (await person('bob')).token })
    await socket.ping()
    await other.none(ofType(0))
  })
})

describe('a client that says how long it will be silent', () => {
  const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
  beforeAll(async () => {
    await befriend(ada, bob)
  })
  const isOnline = async () => (await friendOf(ada, bob)).online
  const until = (online: boolean) => expect.poll(isOnline, { timeout: patienceMs, interval: 50 }).toBe(online)

  it.each([30, 31, 240, 479, 480])('is taken at its word: heartbeat=%i', async (heartbeat) => {
    const socket = await connect({ token: bob.token, heartbeat })
    await until(true)
    await socket.ping()
    await socket.close()
    await until(false)
  })

  it('may ask for arrays, too', async () => {
    const batch = await connect({ token: bob.token, heartbeat: 240, frames: 'batch' })
    await batch.ping()
    await batch.close()
    await until(false)
  })

  it.each([
    ...[
      '',
      '0',
      '29',
      '481',
      '600',
      '-30',
      '30.5',
      '030',
      '3e1',
      '30s',
      ' 30',
      'NaN',
      'null',
      'true',
      '1'.repeat(4_000),
    ],
  ])('is refused with 400 when that is no whole number from 30 to 480: %j', async (heartbeat) => {
    expect(await upgradeStatus({ token: bob.token, heartbeat })).toBe(400)
    expect(await isOnline()).toBe(false)
  })

  it('is refused with 401 first, when it may not connect at all', async () => {
    expect(await upgradeStatus({ token: 'nonsense', heartbeat: 1 })).toBe(401)
    expect(await upgradeStatus({ heartbeat: 480 })).toBe(401)
  })

  it('leaves alone what another device of the same user said', async () => {
    const [desk, phone] = [await connect({ token: bob.token, heartbeat: 480 }), await connect({ token: bob.token })]
    await phone.ping()
    await phone.close()
    await until(true)
    await desk.ping()
    expect(await isOnline()).toBe(true)
    await desk.close()
    await until(false)
  })
})
