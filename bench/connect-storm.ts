/** Many connections at once, as after a restart: the time until each is open, and until its first heartbeat is answered. */
import type { WebSocket } from 'ws'
import { type Person, signUp } from '../infra/client/people.ts'
import { connect } from '../infra/client/socket.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import { percentiles, resultOf } from './figures.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Target } from './testbed.ts'

export interface Storm {
  people: number
  /** Of each person. */
  devices: number
  atOnce: number
}

/** Opens all connections, `atOnce` at a time; each counts when its first heartbeat is answered. */
export async function connectStorm(target: Target, { people: count, devices, atOnce }: Storm): Promise<Result> {
  const people = await inParallel(Array(count).keys(), 4, () => signUp(target.base, 'ada'))
  const opened: number[] = []
  const latencies: number[] = []
  const meter = await startMeter(target)
  const sockets = await inParallel(eachDevice(people, devices), atOnce, async (person) => {
    const begun = performance.now()
    const { socket, beat } = await open(target.base, person)
    opened.push(performance.now() - begun)
    await beat()
    latencies.push(performance.now() - begun)
    return socket
  })
  const usage = await meter.stop()
  await closeAll(sockets)
  return resultOf({
    workload: 'connect storm',
    setting: { connections: sockets.length, atOnce },
    operations: sockets.length,
    usage,
    latencies,
    more: { 'open p50 ms': percentiles(opened).p50 },
  })
}

/** The first device of everyone, then the second, and so on. */
export function eachDevice(people: readonly Person[], devices: number): Person[] {
  return Array.from({ length: devices }, () => people).flat()
}

/**
 * A connection that may be silent for `heartbeat` seconds, and its heartbeat: resolves when it is answered.
 *
 * @throws Error when it is not, within 30 s.
 */
export async function open(
  base: string,
  { token }: Person,
  heartbeat?: number,
): Promise<{ socket: WebSocket; beat(): Promise<void> }> {
  let answered = (): void => {}
  const socket = await connect(base, { token, heartbeat }, (frames) => {
    if (frames.some(({ pong }) => pong === 1)) answered()
  })
  const beat = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('a heartbeat was not answered within 30 s')), 30_000)
      answered = () => {
        clearTimeout(timer)
        resolve()
      }
      socket.send('{"type":0,"ping":1}')
    })
  return { socket, beat }
}

/** Closes the sockets and waits until the server has closed them, too. */
export async function closeAll(sockets: readonly WebSocket[]): Promise<void> {
  await inParallel(sockets, 50, async (socket) => {
    if (socket.readyState === socket.CLOSED) return
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close()
    await closed
  })
}
