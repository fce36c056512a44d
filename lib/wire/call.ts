/** Calls: the servers by which two clients find a way to each other. */
import * as z from 'zod/mini'

const IceServer = z.object({
  urls: z.array(z.string().check(z.describe('such as stun:stun.example:3478 or turn:turn.example:3478'))),
  username: z.optional(
    z.string().check(z.describe('of a TURN server: until when it counts, in seconds, and the user')),
  ),
  credential: z.optional(z.string()),
})

/** `ice_servers` are as RTCPeerConnection takes them. `expires_in` is in seconds; 0 if nothing in it expires. */
export const IceServers = z.object({ ice_servers: z.array(IceServer), expires_in: z.int() })
export type IceServers = z.infer<typeof IceServers>
