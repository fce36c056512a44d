/** The small shapes that requests, frames and records are made of. */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'

const characters = (value: string): number => [...value].length

// Unpaired surrogates have no UTF-8 form: they would be stored as something else than was sent.
const wellFormed = z.refine<string>((value) => value.isWellFormed(), { error: 'must be well-formed Unicode' })

// U+FFFD stands for bytes that were not UTF-8: different texts of another encoding all become the same.
const undamaged = z.refine<string>((value) => !value.includes('\ufffd'), {
  error: 'must not hold U+FFFD, which stands for bytes that were not UTF-8',
})

/** Checks of any text that is a name or a secret: it is what its sender typed, in full. */
export const intact = [wellFormed, undamaged] as const

const unbroken = z.refine<string>((value) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value), {
  error: 'must not hold control characters or line breaks',
})
// They reorder what stands beside the text, too: a name would pass for another, or garble a list of names.
const undirected = z.refine<string>((value) => !/\p{Bidi_Control}/u.test(value), {
  error: 'must not hold characters that control the direction of text',
})
// U+2800 is a letter by its category, and blank by its glyph.
const visible = z.refine<string>(
  (value) => value === '' || /[^\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u.test(value),
  { error: 'must have a visible character' },
)

/** Text of `min` to `max` characters (code points), on one line, with something to see unless it is empty. */
export const line = (min: number, max: number) =>
  z.string().check(
    ...intact,
    unbroken,
    undirected,
    visible,
    z.refine((value) => characters(value) >= min && characters(value) <= max, {
      error: `must have ${min} to ${max} characters`,
    }),
    z.meta({ minLength: min, maxLength: max }),
  )

/** Text that may have several lines: line feeds and tabs, no other control characters. */
export const lines = (max: number) =>
  z.string().check(
    wellFormed,
    z.refine((value) => !/[^\P{Cc}\n\r\t]/u.test(value), { error: 'must not hold control characters' }),
    z.refine((value) => characters(value) <= max, { error: `must have at most ${max} characters` }),
    z.meta({ maxLength: max }),
  )

/** A positive integer below 2^53. */
export const Id = z.int().check(z.gte(1))

/** An id in a query string. */
export const QueryId = z.pipe(
  z.pipe(
    z.string().check(z.regex(/^[1-9][0-9]{0,15}$/, { error: 'must be a positive integer' })),
    z.transform((value) => Number(value)),
  ),
  Id,
)

/** A seq in a query string: 0 stands before the first message. */
export const QuerySeq = z.pipe(
  z.pipe(
    z.string().check(z.regex(/^(0|[1-9][0-9]{0,15})$/, { error: 'must be an integer from 0' })),
    z.transform((value) => Number(value)),
  ),
  z.int(),
)

/** Which kind of conversation a target names: 2 a user, 3 a group. */
export const TargetType = z.literal([ChatType.direct, ChatType.group]).check(z.describe('2 a user, 3 a group'))

/** The same in a query string. */
export const QueryTargetType = z.pipe(
  z.pipe(
    z.string().check(z.regex(/^[23]$/, { error: 'must be 2 or 3' })),
    z.transform((value) => Number(value)),
  ),
  TargetType,
)

/** Milliseconds since the epoch. */
export const Milliseconds = z.int().check(z.gte(0), z.describe('milliseconds since the epoch'))

/** A message's number in its conversation: 1, 2, 3 …; 0 stands before the first. */
export const Seq = z.int().check(z.gte(0))

/** What a message holds: 1 text, 2 image, 3 audio or video. Clients of GoChat also send 0 for text. */
export const Media = z.pipe(
  z.int().check(z.gte(0), z.lte(3)),
  z.transform((media) => media || 1),
)

/** The most UTF-8 bytes that a message's content may have. */
export const contentMaxBytes = 16 * 1024
