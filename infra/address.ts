/** Where `npm start` stands on this machine: everything that names a port of it asks here. */

import { StartFailure } from './services/failure.ts'

const usualPort = 8080

/** The port that PORT chooses. @throws StartFailure when that is no port. */
export function readPort(text: string | undefined): number {
  const port = Number(text || usualPort)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new StartFailure(`PORT must be a number from 1 to 65535, not ${text}.`)
}

/** The origins that a browser on this machine may know it by; http's own port is in no origin. */
export function originsOf(port: number): string[] {
  return ['localhost', '127.0.0.1', '[::1]'].map((host) => new URL(`http://${host}:${port}`).origin)
}
