/**
 * A thread that draws pictures, where many requests share a process and would wait for each of them.
 *
 * The thread's code is this file, too: bundled, it is a file of its own, which knows where it is.
 */
import { once } from 'node:events'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { type Reason, Refusal } from '../../core/refusal.ts'
import type { PictureType } from './kind.ts'
import type * as picture from './picture.ts'

export type Drawing = Pick<typeof picture, 'clean' | 'squared'>

interface Work {
  act: keyof Drawing
  bytes: Uint8Array
  type: PictureType
}

type Made = picture.Picture | Awaited<ReturnType<Drawing['clean']>>
type Answer = { made: Made } | { refused: Reason }

interface Bounds {
  /** Of the thread's heap. Pixels lie beside it: of those, a picture's head tells. */
  memoryMb: number
  /** For one picture, and the start of a thread if there is none. */
  drawnWithinMs: number
  /** Who waits for longer is refused. */
  begunWithinMs: number
}

const mark = 'draws pictures'
// Each is held in memory meanwhile.
const waitingMax = 8

if (workerData === mark) {
  parentPort?.on('message', async (work: Work) => {
    const answer = await answerTo(work)
    parentPort?.postMessage(answer, 'made' in answer ? buffersOf(answer.made) : [])
  })
}

async function answerTo({ act, bytes, type }: Work): Promise<Answer> {
  // As large as the rest, and needed by the thread alone.
  const pictures = await import('./picture.ts')
  try {
    return { made: await pictures[act](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), type) }
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.reason }
    throw error
  }
}

/** They are handed over, not copied. */
const buffersOf = (made: Made): ArrayBuffer[] =>
  ('whole' in made ? [made.whole, ...(made.small ? [made.small] : [])] : [made]).map(({ body }) => body.buffer)

/**
 * Draws in a thread of its own, one picture at a time, first come, first served. A picture that the thread dies of is broken; the next
 * one gets another thread.
 *
 * @throws Refusal UNAVAILABLE - too many wait, or for too long. It says nothing of the picture.
 * @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE - it is broken, or takes too much time.
 */
export function createPictureThread({ memoryMb, drawnWithinMs, begunWithinMs }: Bounds): Drawing {
  let thread: Worker | undefined
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  function start(): Worker {
    // It needs no variables and no options.
    const setting = { workerData: mark, env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memoryMb } }
    const started = new Worker(new URL(import.meta.url), setting)
    // Whoever waits for it hears it, too.
    started.on('error', () => {})
    started.once('exit', () => {
      if (thread === started) thread = undefined
    })
    return started
  }

  async function draw(work: Work): Promise<Answer> {
    thread ??= start()
    const drawing = thread
    drawing.ref()
    try {
      const answered = once(drawing, 'message', { signal: AbortSignal.timeout(drawnWithinMs) })
      drawing.postMessage(work)
      const [answer] = await answered
      return answer
    } catch (error) {
      if (thread === drawing) thread = undefined
      // It would go on.
      await drawing.terminate()
      return { refused: isAborted(error) ? 'MEDIA_TOO_LARGE' : 'MEDIA_REFUSED' }
    } finally {
      // A process that is done ends.
      drawing.unref()
    }
  }

  async function drawInTurn(work: Work): Promise<Made> {
    if (waiting >= waitingMax) throw busy()
    const until = Date.now() + begunWithinMs
    const turn = last.then(() => {
      if (Date.now() > until) throw busy()
      return draw(work)
    })
    last = turn.catch(() => {})
    waiting += 1
    try {
      const answer = await turn
      if ('refused' in answer) throw new Refusal(answer.refused)
      return answer.made
    } finally {
      waiting -= 1
    }
  }

  return {
    clean: async (bytes, type) =>
      (await drawInTurn({ act: 'clean', bytes, type })) as Awaited<ReturnType<Drawing['clean']>>,
    squared: async (bytes, type) => (await drawInTurn({ act: 'squared', bytes, type })) as picture.Picture,
  }
}

const busy = (): Refusal => new Refusal('UNAVAILABLE', { retryAfterSeconds: 2 })

const isAborted = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** The one of this process. A picture of as many pixels as are drawn takes three seconds, and two thirds of the memory. */
export const { clean, squared } = createPictureThread({ memoryMb: 512, drawnWithinMs: 20_000, begunWithinMs: 8_000 })
