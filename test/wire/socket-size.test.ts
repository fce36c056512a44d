/** How large a content and a frame may be. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heard, history, say, sayInVain } from '../support/chat.ts'
import { newcomers } from '../support/people.ts'
import { Refusal } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

const maxContentBytes = 16 * 1024
const maxFrameBytes = 32 * 1024

/** A ping whose frame is exactly `bytes` long. */
function pingOf(bytes: number): string {
  const frame = (pad: string) => JSON.stringify({ type: 0, ping: 'large', pad })
  return frame('x'.repeat(bytes - frame('').length))
}

describe.each(kinds)('a content between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob } = talk
  let adas: Socket
  let bobs: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
  })

  it.each([
    ['16,384 bytes', 'x'.repeat(maxContentBytes)],
    ['16,384 bytes of Chinese', `${'你'.repeat(5461)}x`],
    ['16,384 bytes of emoji', '😀'.repeat(4096)],
  ])('of %s arrives whole', async (_title, content) => {
    expect(Buffer.byteLength(content)).toBe(maxContentBytes)
    const { id } = await say(adas, talk.targetOf(ada), content)
    const message = await heard(bobs, talk.targetOf(bob))
    expect(message.id).toBe(id)
    expect(message.content === content).toBe(true)
    expect((await history(bob, talk.targetOf(bob))).at(-1)?.content === content).toBe(true)
  })

  it.each([
    ['16,385 bytes', 'x'.repeat(maxContentBytes + 1)],
    ['16,385 bytes of Chinese', `${'你'.repeat(5461)}xy`],
    ['16,388 bytes of emoji', '😀'.repeat(4097)],
    ['30,000 bytes', 'x'.repeat(30_000)],
  ])('of %s is too large, and the socket stays open', async (_title, content) => {
    await sayInVain(adas, talk.targetOf(ada), content, 'TOO_LARGE')
    await adas.ping()
    expect(await history(ada, talk.targetOf(ada))).toEqual([])
  })

  it('is refused without a client_msg_id too', async () => {
    const { id, chat_type = 2 } = talk.targetOf(ada)
    adas.send({ type: chat_type, target_id: id, content: 'x'.repeat(maxContentBytes + 1) })
    expect(Refusal.parse(await adas.next(ofType(9)))).toMatchObject({ reason: 'TOO_LARGE', retryable: false })
    await adas.ping()
  })
})

describe('a frame', () => {
  const { ada } = newcomers(beforeEach, 'ada')
  let adas: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
  })

  it('of 32 KiB is read', async () => {
    const frame = pingOf(maxFrameBytes)
    expect(Buffer.byteLength(frame)).toBe(maxFrameBytes)
    adas.send(frame)
    await adas.next((answer) => answer.type === 0 && answer.pong === 'large')
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
    await adas.ping()
  })
})
