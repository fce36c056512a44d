/** One service on several addresses of this machine, at one port. */
import type { Server } from 'node:http'

export type Listeners = {
  port: number
  /** Stops accepting, lets responses under way finish, and closes the remaining connections after 1.5 s. */
  close(): Promise<void>
}

/** Errors for an address that the machine does not have: IPv6 may be missing or switched off. */
const absent = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

const cutAfterMs = 1500
const idleSweepMs = 50

/**
 * Listens on each address with a server of its own. One that the machine does not have is left out, unless it has none of
 * them. Port 0 takes any free one, the same on each address. `setting` is where another port may be chosen.
 *
 * @throws Error in one sentence - when the port is taken on one or may not be had; then none listens.
 */
export async function listenOn(
  hosts: readonly string[],
  wanted: number,
  setting: string,
  create: () => Server,
): Promise<Listeners> {
  const listening: Server[] = []
  const closeAll = async () => void (await Promise.all(listening.map(close)))
  let port = wanted
  let failure: Error | undefined
  for (const host of hosts) {
    const server = create()
    const error = await listen(server, host, port)
    if (error === undefined) {
      listening.push(server)
      port = portOf(server) ?? port
    } else {
      failure = refusedPort(host, port, setting, error)
      if (absent.includes(error.code ?? '')) continue
      await closeAll()
      throw failure
    }
  }
  if (failure && listening.length === 0) throw failure
  return { port, close: closeAll }
}

/** Resolves with the error, if there is one. */
function listen(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port }, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // A connection whose last response ends after `close()` would otherwise be kept alive.
  const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs)
  const cut = setTimeout(() => server.closeAllConnections(), cutAfterMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}

function portOf(server: Server): number | undefined {
  const address = server.address()
  return typeof address === 'object' ? address?.port : undefined
}

function refusedPort(host: string, port: number, setting: string, error: NodeJS.ErrnoException): Error {
  const remedy = `Stop the other program, or choose another port in ${setting}.`
  if (error.code === 'EADDRINUSE') return new Error(`Port ${port} on ${host} is taken. ${remedy}`)
  return new Error(`The edge cannot listen on ${host}:${port} (${error.code ?? error.message}).`)
}
