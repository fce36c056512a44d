/** Viewers who are slow, on purpose or not: none keeps the edge waiting for longer than its patience. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { edge, edgeSecret, socketFunctions } from './edge-testbed.ts'
import { ask, type Bytes, bareViewer, collect, frame, say, viewer } from './edge-viewer.ts'

const patienceMs = 400
// Both are looked at from time to time.
const latestMs = patienceMs * 3
const impatient = (given: Parameters<typeof edge>[0]) => edge({ ...given, limits: { patienceMs } })

/** Writes a piece each 50 ms until the other side hangs up; resolves with the milliseconds until then. */
async function drip(
  viewer: Pick<Bytes<ReturnType<typeof connect>>, 'socket' | 'ended'>,
  pieces: Iterable<string | Buffer>,
) {
  const begun = performance.now()
  let isOpen = true
  void viewer.ended.then(() => {
    isOpen = false
  })
  for (const piece of pieces) {
    if (!isOpen) break
    viewer.socket.write(piece)
    await sleep(50)
  }
  await viewer.ended
  return performance.now() - begun
}

function* always(piece: string | Buffer) {
  for (let count = 0; count < 100; count++) yield piece
}

/** A connection that has sent nothing, or these bytes. */
function bare(port: number, bytes = ''): Bytes<ReturnType<typeof connect>> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  if (bytes !== '') socket.write(bytes)
  return collect(socket)
}

describe('a request', () => {
  const post = 'POST / HTTP/1.1\r\nHost: edge\r\n'
  test.each([
    ['nothing at all', '', []],
    ['half a line', 'GET / HT', []],
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: edge\r\n', always('a: b\r\n')],
    ['half of its body', `${post}Content-Length: 100\r\n\r\nhalf`, []],
    ['a byte of its body at a time', `${post}Content-Length: 10000\r\n\r\n`, always('x')],
    ['a chunk of its body at a time', `${post}Transfer-Encoding: chunked\r\n\r\n`, always('1\r\nx\r\n')],
    ['an upgrade that never ends', 'GET /api/ws HTTP/1.1\r\nUpgrade: websocket\r\n', always('a: b\r\n')],
  ])('of %s is answered 408, and cut off', async (_title, first, rest) => {
    const called = vi.fn(async () => ({ statusCode: 200 }))
    const { port } = await impatient({ call: called })
    const slow = bare(port, first)
    expect(await drip(slow, rest)).toBeLessThan(latestMs)
    expect(slow.sofar().toString()).toMatch(/^HTTP\/1\.1 408 /)
    expect(called).not.toHaveBeenCalled()
  })

  test('that is slow holds up no other one', async () => {
    const { port } = await impatient({ call: async () => ({ statusCode: 200, body: 'seen' }) })
    const slow = Array.from({ length: 200 }, () => bare(port, `${post}Content-Length: 100\r\n\r\nhalf`))
    for (let asked = 0; asked < 20; asked++) expect((await ask(port, '/')).body).toBe('seen')
    await Promise.all(slow.map(({ ended }) => ended))
  })
})

const part = (payload: string, isFinal: boolean, opcode = 0) => frame(payload, { opcode, isFinal })

describe('an open socket', () => {
  test.each([
    ['half of a frame', frame('hello').subarray(0, 8), []],
    ['half of a header', frame('x'.repeat(200)).subarray(0, 3), []],
    ['a byte at a time', Buffer.alloc(0), Array.from(frame('x'.repeat(100)), (byte) => Buffer.of(byte))],
    ['fragments without an end', part('a', false, 1), always(part('a', false))],
    ['fragments, and pings between them', part('a', false, 1), always(frame('', { opcode: 9 }))],
    ['whole messages, and then half of one', Buffer.concat([frame('whole'), frame('hello').subarray(0, 8)]), []],
  ])('on which comes %s is closed with 1008', async (_title, first, rest) => {
    const functions = socketFunctions({ message: () => ({ statusCode: 200 }) })
    const { port } = await impatient(functions)
    const eve = await bareViewer(port, Buffer.from(first))
    expect(await drip(eve, rest)).toBeLessThan(latestMs)
    await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1), 2_000)
    expect(eve.sofar().subarray(-12).toString()).toContain('Too slow')
  })

  test('that only listens, or sends whole messages however often, stays open', async () => {
    const { port } = await impatient(socketFunctions())
    const [quiet, busy] = [await viewer(port), await bareViewer(port)]
    // Each write ends one message and begins the next.
    const bytes = Buffer.concat(Array(30).fill(frame('message')))
    busy.socket.write(bytes.subarray(0, 5))
    for (let at = 5; at < bytes.length; at += 13) {
      busy.socket.write(bytes.subarray(at, at + 13))
      await sleep(40)
    }
    expect(await say(quiet, 'still here')).toBe('still here')
    await vi.waitFor(() =>
      expect(busy.sofar()).toEqual(Buffer.concat(Array(30).fill(frame('message', { isMasked: false })))),
    )
  })

  /** Viewers who do not read, and posts to a viewer by the number. */
  async function deaf(count: number, limits = { patienceMs }) {
    const functions = socketFunctions({ message: () => ({ statusCode: 200 }) })
    const { port, managementPort } = await edge({ ...functions, limits })
    const viewers = await Promise.all(Array.from({ length: count }, () => bareViewer(port)))
    for (const { socket } of viewers) socket.pause()
    const ids = functions.of('connect').map(({ requestContext }) => requestContext.connectionId)
    const post = async (index: number): Promise<number> => {
      const url = `http://127.0.0.1:${managementPort}/${edgeSecret}/@connections/${ids[index]}`
      return (await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) })).status
    }
    const gone = () => functions.of('disconnect').map(({ requestContext }) => ids.indexOf(requestContext.connectionId))
    return { viewers, post, gone }
  }

  test('whose viewer reads nothing is cut off before more than a few messages wait', async () => {
    const { viewers, post, gone } = await deaf(2, { patienceMs: 60_000 })
    viewers[1]?.socket.resume()
    let posted = 0
    while ((await post(0)) === 200) {
      posted += 1
      expect(await post(1)).toBe(200)
    }
    // What the kernel keeps, and 1 MiB.
    expect(posted).toBeLessThan(150)
    await vi.waitFor(() => expect(gone()).toEqual([0]))
  })

  test('whose viewer leaves a little unread is cut off in the end', async () => {
    const { post, gone } = await deaf(2)
    let posted = 0
    while ((await post(0)) === 200) posted += 1
    // Half of the last MiB waits for the other one, who is not sent anything else.
    for (let less = posted - 5; less > 0; less--) expect(await post(1)).toBe(200)
    await vi.waitFor(() => expect(gone()).toEqual([0, 1]), { timeout: latestMs })
  })
})
