/** Clients that break the WebSocket protocol itself. */
import { connect as dial } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLocal, wsUrl } from '../support/address.ts'
import { say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
let adas: Socket
beforeAll(async () => {
  await befriend(ada, bob)
  adas = await connect({ token: ada.token })
})

/** Upgrades by hand, sends bytes, and resolves when the server has closed the connection. */
function offend(bytes: Buffer): Promise<void> {
  const url = new URL(wsUrl)
  const socket = dial(Number(url.port || 80), url.hostname)
  const request = [
    `GET ${url.pathname}?token=${bob.token} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  return new Promise((resolve, reject) => {
    let isUp = false
    socket.on('data', () => {
      if (!isUp) socket.write(bytes)
      isUp = true
    })
    socket.on('error', () => resolve())
    socket.on('close', () => (isUp ? resolve() : reject(new Error('not upgraded'))))
    socket.write(`${request.join('\r\n')}\r\n\r\n`)
  })
}

// Needs a plain connection; a deployed gateway answers for its own protocol.
describe.runIf(isLocal)('a client that sends', () => {
  it.each([
    ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
    ['an unknown opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['a frame without a mask', Buffer.from([0x81, 0x01, 0x41])],
    ['text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])],
    ['a continuation of nothing', Buffer.from([0x80, 0x80, 0, 0, 0, 0])],
  ])('%s is closed, and the others go on', async (_title, bytes) => {
    await offend(bytes)
    expect((await say(adas, bob, 'still here')).seq).toBeGreaterThan(0)
  })
})
