/** The envelope around every HTTP reply. */
import * as z from 'zod/mini'

export const Envelope = z.object({
  code: z.int().check(z.describe('0 on success, -1 if refused by a rule, otherwise the HTTP status')),
  msg: z.string().check(z.describe('human-readable text, in Chinese or English')),
  reason: z.optional(z.string().check(z.describe('machine-readable reason, on every refusal'))),
  request_id: z.optional(z.string().check(z.describe('identifies the request, on faults and outages'))),
  data: z.optional(z.unknown()),
})
export type Envelope = z.infer<typeof Envelope>
