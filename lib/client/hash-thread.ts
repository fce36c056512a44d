/**
 * A thread that hashes passwords, where many requests share a process and would wait for each hash.
 *
 * The thread's code is this file, too: bundled, it is a chunk of its own, which knows where it is.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { within } from '../core/outage.ts'
import { type HashWork, hashWork } from '../core/password.ts'
import { Refusal } from '../core/refusal.ts'

const mark = 'hashes passwords'
// Some two seconds of work at the usual cost.
const waitingMax = 24
const timeoutMs = 8_000

type Answer = string | boolean
interface Waiting {
  resolve(answer: Answer): void
  reject(error: Error): void
}

if (workerData === mark) {
  parentPort?.on('message', (work: HashWork) => parentPort?.postMessage(hashWork(work)))
}

interface Thread {
  worker: Worker
  /** In the order of its answers. */
  waiting: Waiting[]
}

let thread: Thread | undefined

/**
 * Hashes in the thread, one at a time, first come, first served.
 *
 * @throws Refusal UNAVAILABLE - too many wait already.
 */
export async function hashInThread(work: HashWork): Promise<Answer> {
  thread ??= start()
  const { worker, waiting } = thread
  if (waiting.length >= waitingMax) throw new Refusal('UNAVAILABLE', { retryAfterSeconds: 2 })
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  waiting.push({ resolve, reject })
  worker.postMessage(work)
  return await within(timeoutMs, 'the thread that hashes', promise)
}

/** A thread; when it ends, the next hash gets another. */
function start(): Thread {
  // It needs no variables and no options.
  const worker = new Worker(new URL(import.meta.url), { workerData: mark, env: {}, execArgv: [] })
  const waiting: Waiting[] = []
  const end = (error: Error): void => {
    if (thread?.worker === worker) thread = undefined
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  worker.on('message', (answer: Answer) => waiting.shift()?.resolve(answer))
  worker.once('error', end)
  worker.once('exit', () => end(new Error('the thread that hashes has ended')))
  // A process that is done ends. Listening holds it, so this comes last.
  worker.unref()
  return { worker, waiting }
}
