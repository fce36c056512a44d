/** Ports on loopback: which are free, and which to take. */

import { connect, createServer, type Server } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** `localhost` may mean either: a port is free when both are. */
const loopbacks = ['127.0.0.1', '::1'] as const

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
      const holder = server ?? (await listenAnywhere())
      held.push(holder)
      ports.push(portOf(holder))
    }
    return ports
  } finally {
    await Promise.all(held.map(closed))
  }
}

/** Whether a program listens on the port, on a loopback address or on all addresses; or the system keeps it back. */
export async function isPortTaken(port: number): Promise<boolean> {
  for (const host of loopbacks) {
    // Listening alone does not tell: macOS lets a second program listen on one address of a port that is open on all.
    if ((await answers(port, host)) || !(await canListen(port, host))) return true
  }
  return false
}

/** Also where this machine does not have the address: then nobody else can be there. */
async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  const error = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    server.once('error', done)
    server.listen({ host, port, exclusive: true }, () => done(undefined))
  })
  if (error) return error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'
  await closed(server)
  return true
}

async function listenAnywhere(): Promise<Server> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const server = await listen(0)
    if (server && (await canListen(portOf(server), '::1'))) return server
    if (server) await closed(server)
  }
  throw new Error('the system gave no free port')
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(undefined))
    server.listen({ host: loopbacks[0], port, exclusive: true }, () => done(server))
  })
}

function closed(server: Server): Promise<unknown> {
  return new Promise((done) => server.close(done))
}

async function answers(port: number, host: string): Promise<boolean> {
  const socket = connect({ host, port })
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
