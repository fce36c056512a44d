/** Frame 0 without target: the heartbeat. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { person } from '../support/people.ts'
import { Pong } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

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
