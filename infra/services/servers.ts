/** The Maven way: MySQL, Redis, Kafka and object storage as processes of this one, each with its data in its own directory. */

import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Addresses, addressNames, type ServiceName, serviceNames, titles } from './choose.ts'
import { checkFreeSpace } from './disk.ts'
import { serverEnvironment } from './environment.ts'
import type { Installation } from './maven.ts'
import { onFreePorts } from './port.ts'
import { programs, usualPorts } from './program.ts'
import { createServer, type Server } from './server.ts'

export interface Death {
  service: ServiceName
  detail: string
  logFile: string
}

export interface Servers {
  servers: Partial<Record<ServiceName, Server>>
  addresses: Partial<Addresses>
  /** Resolves when one of them ends by itself. */
  died: Promise<Death>
}

export interface StartSetting {
  dataDir: string
  keepData: boolean
  signal: AbortSignal
  /** Called with a step that stops something before that is started: the caller takes the step even if the start fails. */
  onStop: (step: () => Promise<void>) => void
}

/**
 * Starts the named servers in parallel, on their usual ports or others, and resolves when all are ready.
 *
 * @throws StartFailure when one does not become ready; the others may still run.
 */
export async function startServers(
  names: readonly ServiceName[],
  installation: Installation,
  setting: StartSetting,
): Promise<Servers> {
  const { dataDir } = setting
  const { promise: died, resolve: die } = Promise.withResolvers<Death>()
  const all: Servers = { servers: {}, addresses: {}, died }
  // New data takes 150 MB for MySQL and some 50 for Kafka; both need room to go on.
  checkFreeSpace(dataDir, existsSync(join(dataDir, 'mysql')) ? 50 : 300)
  const link = join(dataDir, 'programs')
  rmSync(link, { force: true })
  symlinkSync(installation.directory, link)
  await allSettled(
    names.map(async (name) => {
      const { server, address } = await startServer(name, installation, setting, die)
      all.servers[name] = server
      all.addresses[addressNames[name]] = address
    }),
  )
  return all
}

/** Deletes all data; logs stay. */
export function removeData(dataDir: string): void {
  for (const name of serviceNames) rmSync(join(dataDir, name), { recursive: true, force: true })
}

/** Like Promise.all, but rejects only when all have settled, so that nothing still runs while the caller cleans up. */
export async function allSettled(promises: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(promises)
  await Promise.all(promises)
}

async function startServer(
  name: ServiceName,
  installation: Installation,
  { dataDir, keepData, signal, onStop }: StartSetting,
  die: (death: Death) => void,
): Promise<{ server: Server; address: string }> {
  const directory = join(dataDir, name)
  const logFile = join(dataDir, `${name}.log`)
  return await onFreePorts(usualPorts[name], async (ports) => {
    writeFileSync(logFile, '')
    const command = await programs[name]({ installation, directory, ports, keepData, logFile, signal })
    const program = { ...command, title: titles[name], environment: serverEnvironment(), logFile }
    const server = createServer(program, (detail) => die({ service: name, detail, logFile }))
    onStop(server.stop)
    await server.start(signal)
    return { server, address: command.address }
  })
}
