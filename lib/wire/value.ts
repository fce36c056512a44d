/** The basic values of requests, frames and records. */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'

const characters = (value: string): number => [...value].length

/** Unpaired surrogates have no UTF-8 form, so they could not be stored as they were sent. */
export const wellFormed = z.refine<string>((value) => value.isWellFormed(), { error: 'must be well-formed Unicode' })

/** Refuses some characters. As a pattern, so that the description of the API has it; not all of its readers know \p. */
export const without = (characters: string, error: string) => z.regex(new RegExp(`^[^${characters}]*$`), { error })

/** What \p{Cc} stands for. */
export const controls = String.raw`\u0000-\u001f\u007f-\u009f`

// U+FFFD replaces bytes that were not UTF-8: different texts in another encoding would become equal.
const noReplacementCharacter = without(
  String.raw`\ufffd`,
  'must not contain U+FFFD, which replaces bytes that were not UTF-8',
)

/** Checks of every name and secret: its Unicode is valid, and nothing was lost on the way. */
export const validUnicode = [wellFormed, noReplacementCharacter] as const

const singleLine = without(String.raw`${controls}\u2028\u2029`, 'must not contain control characters or line breaks')
// They also reorder the text around them: a name could look like another one, or garble a list of names.
const noDirectionControls = without(
  String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`,
  'must not contain characters that control the direction of text',
)
// U+2800 (the empty Braille pattern) is a symbol by its category, but its glyph is blank.
const visible = z.refine<string>(
  (value) => value === '' || /[^\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u.test(value),
  { error: 'must contain a visible character' },
)

// UTS 39, 5.4: more marks than these on a letter are no writing, and cover the lines around them.
const noHeapOfMarks = z.refine<string>((value) => !/\p{M}{5}/u.test(value.normalize('NFD')), {
  error: 'must have at most four marks on a letter',
})

/**
 * One line of `min` to `max` characters (code points); unless it is empty, at least one of them is visible. In the description of
 * the API, `format` names what no pattern says; null where a pattern says it all.
 */
export const line = (min: number, max: number, format: string | null = 'line') =>
  z.string().check(
    // First, and alone if it fails: the others need not read what is far too long.
    z.refine((value) => characters(value) >= min && characters(value) <= max, {
      error: `must have ${min} to ${max} characters`,
      abort: true,
    }),
    ...validUnicode,
    singleLine,
    noDirectionControls,
    visible,
    noHeapOfMarks,
    z.meta({ minLength: min, maxLength: max, ...(format !== null && { format }) }),
  )

/** Text of several lines, with at most `max` characters (code points): its control characters are line ends and tabs only. */
export const lines = (max: number) =>
  z.string().check(
    wellFormed,
    without(String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f`, 'must not contain control characters'),
    z.refine((value) => characters(value) <= max, { error: `must have at most ${max} characters` }),
    z.meta({ maxLength: max }),
  )

/** Refuses two members of an object together. The description of the API says the same. */
export const notBoth = <One extends string, Other extends string>(one: One, other: Other) =>
  [
    z.refine<Partial<Record<One | Other, unknown>>>((value) => value[one] === undefined || value[other] === undefined, {
      error: `must not have both ${one} and ${other}`,
    }),
    z.meta({ not: { required: [one, other] } }),
  ] as const

/** Refuses a member of an object without another one. The description of the API says the same. */
export const needs = <One extends string, Other extends string>(one: One, other: Other) =>
  [
    z.refine<Partial<Record<One | Other, unknown>>>((value) => value[one] === undefined || value[other] !== undefined, {
      error: `must not have ${one} without ${other}`,
    }),
    z.meta({ not: { required: [one], not: { required: [other] } } }),
  ] as const

/** Refuses one of two members of an object without the other. The description of the API says the same. */
export const together = <One extends string, Other extends string>(one: One, other: Other) =>
  [
    z.refine<Partial<Record<One | Other, unknown>>>(
      (value) => (value[one] === undefined) === (value[other] === undefined),
      { error: `must have both ${one} and ${other}, or neither` },
    ),
    z.meta({ dependencies: { [one]: [other], [other]: [one] } }),
  ] as const

/** An opaque id that the gateway gives out: text of 1 to `max` bytes of UTF-8. */
export const gatewayId = (max: number) =>
  z.string().check(
    wellFormed,
    z.refine((value) => value !== '' && Buffer.byteLength(value) <= max, { error: `must have 1 to ${max} bytes` }),
  )

/** A positive integer below 2^53. */
export const Id = z.int().check(z.gte(1))

/** A whole number in a query string, from `min` to `max`. The pattern says it all, so that the description of the API does. */
const queryNumber = (min: 0 | 1, max: number, error: string) =>
  z.pipe(
    z.pipe(
      z.string().check(z.regex(new RegExp(`^(?:${min === 0 ? '0|' : ''}${upTo(max)})$`), { error })),
      z.transform((value) => Number(value)),
    ),
    z.int(),
  )

/** A pattern of the numbers from 1 to `max`, without zeros in front. */
function upTo(max: number): string {
  const digits = String(max)
  const shorter = digits.length > 1 ? [`[1-9][0-9]{0,${digits.length - 2}}`] : []
  // Those that are as long, by their first digit that is lower than that of `max`.
  const lower = [...digits].flatMap((digit, index) => {
    const [first, last] = [index === 0 ? 1 : 0, Number(digit) - 1]
    const rest = digits.length - index - 1
    return last < first ? [] : [`${digits.slice(0, index)}[${first}-${last}]${rest > 0 ? `[0-9]{${rest}}` : ''}`]
  })
  return [...shorter, ...lower, digits].join('|')
}

/** An id in a query string. */
export const QueryId = queryNumber(1, Number.MAX_SAFE_INTEGER, 'must be a positive integer')

/** A seq in a query string; 0 is before the first message. */
export const QuerySeq = queryNumber(0, Number.MAX_SAFE_INTEGER, 'must be a non-negative integer')

/** How many at most, in a query string. */
export const queryLimit = (max: number) => queryNumber(1, max, `must be from 1 to ${max}`)

/** Whether a target is a user (2) or a group (3). */
export const TargetType = z.literal([ChatType.direct, ChatType.group]).check(z.describe('2 for a user, 3 for a group'))

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

/** A message's number in its conversation: 1, 2, 3 …; 0 is before the first. */
export const Seq = z.int().check(z.gte(0))

/** The kind of a message's content: 1 text, 2 image, 3 audio or video. GoChat's clients also send 0 for text. */
export const Media = z.pipe(
  z.int().check(z.gte(0), z.lte(3), z.describe('1 text, 2 image, 3 audio or video; 0 and none count as 1')),
  z.transform((media) => media || 1),
)

/** The maximum size of a message's content, in bytes of UTF-8. */
export const contentMaxBytes = 16 * 1024
