/** The Maven way: the three servers as processes of this launcher, each with its data in a directory of its own. */

import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Topic } from './answer.ts'
import { type Addresses, addressNames, type ServiceName, serviceNames } from './choose.ts'
import type { Servers } from './maven.ts'
import { choosePorts, isPortTaken } from './port.ts'
import { programs, usualPorts } from './program.ts'
import { checkRoom } from './room.ts'
import { own, type Server } from './server.ts'

export interface Death {
  service: ServiceName
  detail: string
  logFile: string
}

export interface Fleet {
  servers: Partial<Record<ServiceName, Server>>
  addresses: Partial<Addresses>
  /** Resolves when one ends and nobody asked for it. */
  died: Promise<Death>
}

export interface FleetSetting {
  servers: Servers
  dataDir: string
  keepData: boolean
  topics: readonly Topic[]
  signal: AbortSignal
  /** Hears of each process before it is started: what has been heard of must be stopped, also when the start fails. */
  onOwned: (server: Server) => void
}

/**
 * Starts the named servers side by side, on their usual ports or others, and resolves when all answer.
 *
 * @throws StartFailure when one does not come up; the others may still run.
 */
export async function startFleet(names: readonly ServiceName[], setting: FleetSetting): Promise<Fleet> {
  const { promise: died, resolve: die } = Promise.withResolvers<Death>()
  const fleet: Fleet = { servers: {}, addresses: {}, died }
  // Empty, MySQL takes 150 MB and Kafka some 50; both need room to go on.
  checkRoom(setting.dataDir, existsSync(join(setting.dataDir, 'mysql')) ? 50 : 300)
  const programs = join(setting.dataDir, 'programs')
  rmSync(programs, { force: true })
  symlinkSync(setting.servers.directory, programs)
  await together(
    names.map(async (name) => {
      const { server, address } = await startOne(name, setting, die)
      fleet.servers[name] = server
      fleet.addresses[addressNames[name]] = address
    }),
  )
  return fleet
}

/** Forgets all data; logs stay. */
export function removeData(dataDir: string): void {
  for (const name of serviceNames) rmSync(join(dataDir, name), { recursive: true, force: true })
}

/** All results; the first error only once every one has settled, so that nothing goes on behind a caller who cleans up. */
export async function together<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

async function startOne(
  name: ServiceName,
  { servers, dataDir, keepData, topics, signal, onOwned }: FleetSetting,
  die: (death: Death) => void,
): Promise<{ server: Server; address: string }> {
  const logFile = join(dataDir, `${name}.log`)
  writeFileSync(logFile, '')
  for (let attempt = 1; ; attempt++) {
    const ports = await choosePorts(usualPorts[name])
    const directory = join(dataDir, name)
    const program = await programs[name]({ servers, directory, ports, keepData, topics, logFile, signal })
    const server = own(program, { name, port: ports[0] ?? 0, logFile }, (detail) =>
      die({ service: name, detail, logFile }),
    )
    onOwned(server)
    try {
      await server.start(signal)
      return { server, address: program.address }
    } catch (error) {
      signal.throwIfAborted()
      // Another program was faster with one of the ports.
      const isPortLost = (await Promise.all(ports.map((port) => isPortTaken(port)))).includes(true)
      if (!isPortLost || attempt === 3) throw error
    }
  }
}
