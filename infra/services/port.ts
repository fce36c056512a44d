/** Ports on loopback: which are free, and which to take. */

import { connect, createServer, type Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const loopback = '127.0.0.1'

/**
 * One port for each usual port: that one if it is free, else one that the system gives.
 *
 * All are different. They are free now, not reserved: whoever takes one must bear that another program was faster.
 */
export async function choosePorts(usual: readonly number[], isTaken = isPortTaken): Promise<number[]> {
  const held: Server[] = []
  try {
    const ports: number[] = []
    for (const port of usual) {
      const server = !ports.includes(port) && !(await isTaken(port)) ? await listen(port) : undefined
      const holder = server ?? (await listen(0))
      if (!holder) throw new Error('the system gave no free port')
      held.push(holder)
      ports.push(portOf(holder))
    }
    return ports
  } finally {
    await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))))
  }
}

/** Whether a program listens on the port, on loopback or on all addresses. */
export async function isPortTaken(port: number): Promise<boolean> {
  // Listening alone does not tell: macOS lets a second program listen on one address of a port that is open on all.
  if (await answers(port)) return true
  const server = await listen(port)
  if (!server) return true
  await new Promise((closed) => server.close(closed))
  return false
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(undefined))
    server.listen({ host: loopback, port, exclusive: true }, () => done(server))
  })
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: loopback, port })
  const connected = new Promise<boolean>((done) => {
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
  try {
    return await Promise.race([connected, wait(1000, false, { ref: false })])
  } finally {
    socket.destroy()
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP server')
  return address.port
}
