/** Ports of this machine: which are free, and which to take. */

import { setTimeout as sleep } from 'node:timers/promises'
import getPort, { clearLockedPorts } from 'get-port'
import { PortLost, StartFailure } from './failure.ts'
import { run } from './process.ts'

const maxAttempts = 3
const attemptsAtUnknown = 5
const pauseMs = 100

/**
 * Runs a start on the usual ports, or on others where they are taken; 0 is any free one.
 *
 * Between the choice of a port and its use another program may take it, such as a start at the same moment. Then the start
 * runs again, on ports that the system gives: at most three times.
 */
export async function onFreePorts<T>(
  usual: readonly number[],
  start: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const ports = await choosePorts(attempt === 1 ? usual : usual.map(() => 0))
    try {
      return await start(ports)
    } catch (error) {
      if (attempt === maxAttempts || !(await isLost(ports, error))) throw error
    }
  }
}

async function isLost(ports: readonly number[], error: unknown): Promise<boolean> {
  // What goes to the terminal is in no log.
  return error instanceof PortLost || (await Promise.all(ports.map(isPortTaken))).includes(true)
}

/**
 * One port for each usual port: that one if it is free, else one that the system gives.
 *
 * All are different. They are free now, not reserved: another program may be faster to take one.
 */
export async function choosePorts(usual: readonly number[]): Promise<number[]> {
  // It would not give a port twice within 15 s, and a server that starts again wants its usual one.
  clearLockedPorts()
  const ports: number[] = []
  for (const port of usual) ports.push(await getPort({ port }))
  return ports
}

/** @throws StartFailure that says who has the port, as far as the system tells, and how to choose another. */
export async function mustBeFree(port: number): Promise<void> {
  let holder: string | undefined
  // Another start that looks at the port has it for a moment, and is gone when the system is asked who has it.
  for (let attempt = 1; holder === undefined && attempt <= attemptsAtUnknown; attempt++) {
    if (attempt > 1) await sleep(pauseMs)
    if (!(await isPortTaken(port))) return
    holder = await listenerOn(port)
  }
  holder ??= 'or reserved by the system'
  const next = port < 65_526 ? port + 10 : port - 10
  throw new StartFailure(`Port ${port} is used by another program, ${holder}. Choose another: PORT=${next} npm start`)
}

/** The process that listens on a port, in a clause; undefined if it is another user's, or this machine has no `lsof`. */
async function listenerOn(port: number): Promise<string | undefined> {
  const ask = async (command: string, ...args: string[]) => (await run(command, args, { timeoutMs: 3_000 })).output
  const pid = /^p(\d+)/m.exec(await ask('lsof', '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'))?.[1]
  if (pid === undefined) return undefined
  const commandLine = (await ask('ps', '-ww', '-o', 'args=', '-p', pid)).trim()
  return `process ${pid} (${commandLine.slice(0, 200)})`
}

/** Whether a program listens on the port, on any address of this machine; or the system reserves it. */
export async function isPortTaken(port: number): Promise<boolean> {
  const [free] = await choosePorts([port])
  return free !== port
}
