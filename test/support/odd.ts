/** Odd values, as fast-check makes them: what a hostile client may put where something else belongs. */
import fc from 'fast-check'

// Any 16 bits, so halves of characters, too; JSON carries them as escapes.
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 80 })

const knownTexts = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\ud800',
  '\udc00\ud800',
  '\ufffd',
  '\u202e',
  '\u{e0041}',
  '__proto__',
  'constructor',
  '$connect',
  "' or 1=1 --",
  '{{7*7}}',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '%00',
  'NaN',
  '1e309',
  'a'.repeat(300),
  '字'.repeat(300),
  '🏳️‍🌈'.repeat(70),
)

const knownNumbers = fc.constantFrom(0, -0, -1, 1.5, 1e-7, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e308)

const text = fc.oneof(anyText, fc.string({ unit: 'grapheme', maxLength: 80 }), knownTexts)
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), knownNumbers)

/** A value of any kind that JSON has. */
export const value: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: text, weight: 4 },
  { arbitrary: number, weight: 3 },
  { arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null]), weight: 2 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
)

/** Texts for a query. */
export const queryText = fc.oneof(text, number.map(String))

/** An object of the right shape in which some members are odd, missing or strangers. */
export function like(shape: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.fromEntries(
    Object.entries(shape).map(([name, right]) => [name, fc.oneof(fc.constant(right), inside(right), value)]),
  )
  return fc
    .tuple(fc.record(members, { requiredKeys: [] }), fc.dictionary(text, value, { maxKeys: 2 }))
    .map(([known, strange]) => ({ ...strange, ...known }))
}

// What stands inside a member becomes odd, too.
function inside(right: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(right)) return fc.array(inside(right[0]), { maxLength: 5 })
  if (typeof right === 'object' && right !== null) return like({ ...right })
  return value
}

/** What is sent as JSON, but is none, or is cut off. */
export const bytes: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((given) => new Uint8Array(given)),
  fc.tuple(fc.json(), fc.nat(100)).map(([json, cut]) => new TextEncoder().encode(json.slice(0, cut))),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => new TextEncoder().encode('['.repeat(depth))),
)
