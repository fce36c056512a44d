/** The addresses of files begin with that of this service. */
import { config } from '../../core/config.ts'

// Read with the rest of what a function needs to start.
const publicOrigin = config.publicOrigin

/** As clients know it: where deployed, as configured; on a machine, as the request says, since people reach it by several names. */
export const originOf = (host: string): string => publicOrigin || `http://${host}`
