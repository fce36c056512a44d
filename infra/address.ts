/** The address of `npm start` on this machine. */

import { StartFailure } from './services/failure.ts'

const usualPort = 8080
/** Where GoChat's second page asks for stored files while it is worked on. */
const usualMediaPort = 9000

/** The port in the variable PORT. @throws StartFailure when it is not a port. */
export function readPort(text: string | undefined): number {
  const port = Number(text || usualPort)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new StartFailure(`PORT must be a number from 1 to 65535, not ${text}.`)
}

/** The port in the variable MEDIA_PORT; 0 for none. @throws StartFailure when it is not a port. */
export function readMediaPort(text: string | undefined): number {
  const port = Number(text || usualMediaPort)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new StartFailure(`MEDIA_PORT must be a number from 0 to 65535, not ${text}.`)
}

/** The origins of its pages, as a browser on this machine spells them: without the port when that is http's own. */
export function originsOf(port: number): string[] {
  return ['localhost', '127.0.0.1', '[::1]'].map((host) => new URL(`http://${host}:${port}`).origin)
}
