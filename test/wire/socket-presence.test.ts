/** Who is online. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { patienceMs } from '../support/address.ts'
import { heard, say } from '../support/chat.ts'
import { act, befriend, friendOf } from '../support/friend.ts'
import { call, ok } from '../support/http.ts'
import { login, newcomers } from '../support/people.ts'
import { closeAll, connect } from '../support/socket.ts'

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
