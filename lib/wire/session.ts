/** Sessions: input and output of the `/api/user/sessions` routes. */
import * as z from 'zod/mini'
import { Id, Milliseconds } from './value.ts'

export const OpenSession = z.object({
  id: Id,
  device: z.string().check(z.describe('the beginning of the User-Agent of the log-in')),
  address: z.string().check(z.describe('of the log-in')),
  created_at: Milliseconds,
  seen_at: Milliseconds,
  expires_at: Milliseconds,
  online: z.boolean().check(z.describe('whether a socket of it is open')),
  current: z.boolean().check(z.describe('whether it is the session that asks')),
})
export type OpenSession = z.infer<typeof OpenSession>

export const OpenSessions = z.array(OpenSession)

export const SessionEnd = z.object({ session_id: Id })
export type SessionEnd = z.infer<typeof SessionEnd>

export const SessionsEnd = z.object({
  include_current: z.optional(z.boolean().check(z.describe('true ends the session that asks, too'))),
})
export type SessionsEnd = z.infer<typeof SessionsEnd>
