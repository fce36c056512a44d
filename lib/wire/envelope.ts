/** The envelope around every HTTP reply. */
import * as z from 'zod/mini'

export const Envelope = z.object({
  code: z.int().check(z.describe('0 success, -1 a rule says no, otherwise the HTTP status')),
  msg: z.string().check(z.describe('for people, in Chinese or English')),
  reason: z.optional(z.string().check(z.describe('for programs, on every refusal'))),
  request_id: z.optional(z.string().check(z.describe('on a fault'))),
  data: z.optional(z.unknown()),
})
export type Envelope = z.infer<typeof Envelope>
