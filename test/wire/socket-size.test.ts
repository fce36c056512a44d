/** How large a content and a frame may be. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heard, history, say, sayInVain } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { Refusal } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const maxContentBytes = 16 * 1024
const maxFrameBytes = 32 * 1024

const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
let adasSocket: Socket
let bobsSocket: Socket
beforeAll(async () => {
  await befriend(ada, bob)
  adasSocket = await connect({ token: ada.token })
  bobsSocket = await connect({ token: bob.token })
})

/** A ping whose frame is exactly `bytes` long. */
function pingOf(bytes: number): string {
  const frame = (pad: string) => JSON.stringify({ type: 0, ping: 'large', pad })
  return frame('x'.repeat(bytes - frame('').length))
}

describe('a content', () => {
  it.each([
    ['16,384 bytes', 'x'.repeat(maxContentBytes)],
    ['16,384 bytes of Chinese', `${'你'.repeat(5461)}x`],
    ['16,384 bytes of emoji', '😀'.repeat(4096)],
  ])('of %s arrives whole', async (_title, content) => {
    expect(Buffer.byteLength(content)).toBe(maxContentBytes)
    const { id } = await say(adasSocket, bob, content)
    const message = await heard(bobsSocket)
    expect(message.id).toBe(id)
    expect(message.content === content).toBe(true)
    expect((await history(bob, ada)).at(-1)?.content === content).toBe(true)
  })

  it.each([
    ['16,385 bytes', 'x'.repeat(maxContentBytes + 1)],
    ['16,385 bytes of Chinese', `${'你'.repeat(5461)}xy`],
    ['16,388 bytes of emoji', '😀'.repeat(4097)],
    ['30,000 bytes', 'x'.repeat(30_000)],
  ])('of %s is too large, and the socket stays open', async (_title, content) => {
    const before = (await history(ada, bob)).length
    await sayInVain(adasSocket, bob, content, 'TOO_LARGE')
    await adasSocket.ping()
    expect(await history(ada, bob)).toHaveLength(before)
  })

  it('is refused without a client_msg_id too', async () => {
    adasSocket.send({ type: 2, target_id: bob.id, content: 'x'.repeat(maxContentBytes + 1) })
    expect(Refusal.parse(await adasSocket.next(ofType(9)))).toMatchObject({ reason: 'TOO_LARGE', retryable: false })
    await adasSocket.ping()
  })
})

describe('a frame', () => {
  it('of 32 KiB is read', async () => {
    const frame = pingOf(maxFrameBytes)
    expect(Buffer.byteLength(frame)).toBe(maxFrameBytes)
    adasSocket.send(frame)
    await adasSocket.next((answer) => answer.type === 0 && answer.pong === 'large')
  })

  it.each([
    ['a byte more than 32 KiB', () => pingOf(maxFrameBytes + 1)],
    ['32 KiB of multi-byte text and more', () => JSON.stringify({ type: 0, pad: '字'.repeat(12_000) })],
    ['140,000 bytes', () => pingOf(140_000)],
    ['140,000 bytes that are no JSON', () => 'x'.repeat(140_000)],
  ])('of %s closes its socket with 1009, and no other', async (_title, frame) => {
    const socket = await connect({ token: ada.token })
    await socket.ping()
    socket.send(frame())
    expect(await socket.closed).toBe(1009)
    await adasSocket.ping()
  })
})
