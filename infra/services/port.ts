/** Ports of this machine: which are free, and which to take. */

import getPort, { clearLockedPorts } from 'get-port'

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

/** Whether a program listens on the port, on any address of this machine; or the system reserves it. */
export async function isPortTaken(port: number): Promise<boolean> {
  const [free] = await choosePorts([port])
  return free !== port
}
