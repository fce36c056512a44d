/** Who is online. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { patienceMs } from '../support/address.ts'
import { heard, say } from '../support/chat.ts'
import { act, befriend, friendOf } from '../support/friend.ts'
import { call, ok } from '../support/http.ts'
import { login, newcomers } from '../support/people.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterEach(closeAll)

const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')
beforeEach(async () => {
  await befriend(ada, bob)
})

/** Waits until ada sees bob as said. */
const untilOnline = (isOnline: boolean) =>
  expect.poll(async () => (await friendOf(ada, bob)).online, { timeout: patienceMs, interval: 50 }).toBe(isOnline)

describe('a friend', () => {
  it('is offline without a socket, though busy over HTTP', async () => {
    await friendOf(bob, ada)
    expect((await friendOf(ada, bob)).online).toBe(false)
  })

  it('is online while a socket is open, and offline once it is closed', async () => {
    const socket = await connect({ token: bob.token })
    await untilOnline(true)
    await socket.ping()
    expect((await friendOf(ada, bob)).online).toBe(true)
    await socket.close()
    await untilOnline(false)
  })

  it('stays online until the last of several sockets is closed', async () => {
    const adasSocket = await connect({ token: ada.token })
    const [phone, desk] = [await connect({ token: bob.token }), await connect({ token: bob.token })]
    await untilOnline(true)
    await phone.close()
    await say(adasSocket, bob, 'are you still there?')
    await heard(desk)
    expect((await friendOf(ada, bob)).online).toBe(true)
    await desk.close()
    await untilOnline(false)
  })

  it('goes offline by logging out', async () => {
    const token = await login(bob.username)
    const socket = await connect({ token })
    await untilOnline(true)
    ok(await call('POST', '/api/user/logout', { token }))
    await socket.closed
    await untilOnline(false)
  })

  it('comes back after leaving', async () => {
    for (let round = 0; round < 3; round += 1) {
      const socket = await connect({ token: bob.token })
      await untilOnline(true)
      await socket.close()
      await untilOnline(false)
    }
  }, 20_000)
})

describe('a stranger', () => {
  it('is not watched any more once the friendship has ended', async () => {
    const socket = await connect({ token: bob.token })
    await untilOnline(true)
    ok(await act(bob, 'delete', ada))
    const reply = await call('GET', '/api/friend/list', { token: ada.token })
    expect(reply.body).toMatchObject({ code: 0, data: [] })
    await socket.ping()
  })
})

describe('somebody with a socket', () => {
  // The function that tells runs from a full minute on.
  const patientMs = 75_000

  it(
    'is told within seconds of a friend who comes and goes, and not of what turns back or of other devices',
    async () => {
      const adas = await connect({ token: ada.token })
      const told = (socket: Socket, timeoutMs = patientMs) =>
        socket.next(({ event }) => event === 'presence', timeoutMs)
      const phone = await connect({ token: bob.token })
      expect(await told(adas)).toEqual({ type: 8, event: 'presence', user_id: bob.id, online: true })
      const desk = await connect({ token: bob.token, frames: 'batch' })
      await phone.close()
      await desk.close()
      const again = await connect({ token: bob.token })
      // Ada herself is a friend of bob's: he hears of her when she is back for good.
      await adas.close()
      await expect.poll(async () => (await friendOf(bob, ada)).online, { timeout: patienceMs }).toBe(false)
      expect(await told(again)).toEqual({ type: 8, event: 'presence', user_id: ada.id, online: false })
      await untilOnline(true)
      const back = await connect({ token: ada.token })
      await again.close()
      expect(await told(back)).toEqual({ type: 8, event: 'presence', user_id: bob.id, online: false })
      expect(adas.frames.filter(({ event }) => event === 'presence')).toHaveLength(1)
    },
    4 * patientMs,
  )
})
