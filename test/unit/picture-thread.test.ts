/** The thread that draws pictures: nobody else waits for one, and no picture is the end of the next. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { drawing } from '../../lib/service/media/drawing.ts'
import * as picture from '../../lib/service/media/picture.ts'
import { clean, createPictureThread, squared } from '../../lib/service/media/picture-thread.ts'
import { drawn } from '../support/picture.ts'

const roomy = { memoryMb: 512, drawnWithinMs: 20_000, begunWithinMs: 8_000 }
const busy = expect.objectContaining({ reason: 'UNAVAILABLE', detail: { retryAfterSeconds: expect.any(Number) } })

let small: Buffer
let large: Buffer

beforeAll(async () => {
  small = await drawn('image/png')
  large = await drawn('image/jpeg', 4_000, 3_900)
}, 60_000)

/** The part of the time in which nobody else has a turn; unlike the longest wait, it does not grow with what else the machine does. */
async function busyShare(work: () => Promise<unknown>): Promise<number> {
  const before = performance.eventLoopUtilization()
  await work()
  return performance.eventLoopUtilization(before).utilization
}

describe('a picture', () => {
  it('leaves the event loop to others while it is drawn', { timeout: 40_000 }, async () => {
    const { clean, squared } = await drawing()
    for (const draw of [clean, squared]) expect(await busyShare(() => draw(large, 'image/jpeg'))).toBeLessThan(0.1)
  })

  it('comes out of the thread as it would without', async () => {
    for (const type of ['image/jpeg', 'image/png'] as const) {
      const given = await drawn(type, 900, 500)
      const kept = Buffer.from(given)
      expect(await clean(given, type)).toEqual(await picture.clean(given, type))
      expect(await squared(given, type)).toEqual(await picture.squared(given, type))
      expect(given).toEqual(kept)
    }
  })

  it('is refused by the thread as it would be without', async () => {
    const bomb = Buffer.from(small)
    bomb.writeUInt32BE(50_000, 16)
    bomb.writeUInt32BE(50_000, 20)
    await expect(clean(bomb, 'image/png')).rejects.toMatchObject({ name: 'Refusal', reason: 'MEDIA_TOO_LARGE' })
    await expect(squared(small.subarray(0, 60), 'image/png')).rejects.toMatchObject({ reason: 'MEDIA_REFUSED' })
  })
})

describe('the thread that draws', () => {
  it('that a picture ends is no outage: it is broken, and the next one is drawn', { timeout: 40_000 }, async () => {
    const narrow = createPictureThread({ ...roomy, memoryMb: 40 })
    const outcomes = await Promise.allSettled([narrow.clean(large, 'image/jpeg'), narrow.clean(small, 'image/png')])
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { reason: 'MEDIA_REFUSED' } },
      { status: 'fulfilled' },
    ])
    expect(Buffer.from((await narrow.clean(small, 'image/png')).whole.body)).toEqual(small)
  })

  it('gives a picture up that takes too long, and draws the next one', { timeout: 40_000 }, async () => {
    const hasty = createPictureThread({ ...roomy, drawnWithinMs: 1_000 })
    await expect(hasty.clean(large, 'image/jpeg')).rejects.toMatchObject({ reason: 'MEDIA_TOO_LARGE' })
    // On a busy machine the start of another thread may take as long.
    const { whole } = await vi.waitFor(() => hasty.clean(small, 'image/png'), 20_000)
    expect(Buffer.from(whole.body)).toEqual(small)
  })

  it('refuses more than may wait, and takes them later', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => clean(small, 'image/png')))
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(refused).toEqual(Array(4).fill(busy))
    await clean(small, 'image/png')
  })

  it('lets nobody wait for long', { timeout: 40_000 }, async () => {
    const { clean } = createPictureThread({ ...roomy, begunWithinMs: 50 })
    const outcomes = await Promise.allSettled([clean(large, 'image/jpeg'), clean(small, 'image/png')])
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: busy }])
    await clean(small, 'image/png')
  })

  it('holds no process that is done', async () => {
    const file = join(import.meta.dirname, '../../lib/service/media/picture-thread.ts')
    const script = `const { clean } = await import(${JSON.stringify(file)})
      const given = Buffer.from(process.argv[1], 'base64')
      console.log((await clean(given, 'image/png')).whole.body.length)`
    const args = ['--input-type=module', '--eval', script, small.toString('base64')]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 8_000 })
    expect(Number(stdout)).toBe(small.length)
  })
})
