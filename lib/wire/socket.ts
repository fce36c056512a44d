/** Sockets: what opens one in place of a token. */
import * as z from 'zod/mini'

/** `expires_in` is in seconds. */
export const SocketTicket = z.object({ ticket: z.string(), expires_in: z.int() })
export type SocketTicket = z.infer<typeof SocketTicket>
