/** What an operator asks of the dead letters, and the replies. */
import * as z from 'zod/mini'
import { Id } from './value.ts'

export const DeadLetterCommand = z.discriminatedUnion('command', [
  /** The oldest dead letters with an id above `after`. */
  z.object({ command: z.literal('list'), after: z._default(z.int().check(z.nonnegative()), 0) }),
  z.object({ command: z.literal('show'), id: Id }),
  z.object({ command: z.literal('replay'), id: Id }),
  z.object({ command: z.literal('discard'), id: Id }),
])
export type DeadLetterCommand = z.infer<typeof DeadLetterCommand>

const summary = {
  id: Id,
  /** When it was filed, in milliseconds. */
  created_at: z.int(),
  reason: z.string(),
  /** Its place in Kafka. */
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  /** Length of the payload in bytes. */
  bytes: z.int(),
}

const DeadLetter = z.object({
  ...summary,
  record_id: z.nullable(z.string()),
  key: z.nullable(z.string()),
  payload: z.string(),
})

export const DeadLetterReply = z.object({
  /** Of `list`: at most 100. */
  letters: z.optional(z.array(z.object(summary))),
  /** Of `list`: the highest id; 0 without dead letters. */
  newest: z.optional(z.int()),
  /** Of `show`. */
  letter: z.optional(DeadLetter),
  /** Of all but `list`: whether there is a dead letter of that id. */
  found: z.optional(z.boolean()),
})
export type DeadLetterReply = z.infer<typeof DeadLetterReply>
