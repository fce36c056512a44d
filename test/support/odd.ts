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

/** What the description of the API says of an input, as far as it is used here. */
export interface Schema {
  type?: string
  pattern?: string
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

const usual = ['', '1', 'ada', '李雷', 'ada@example.com', '/ada.png', 'https://example.com/ada.png']

/** What stands for something where it is put: ids of users, and texts such as their password. */
export interface Known {
  ids: readonly number[]
  texts: readonly string[]
}

/** What a schema describes, or nearly so. It often holds what is known, so that something may happen. */
export function near(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: right(schema, known), weight: 9 }, { arbitrary: value, weight: 1 })
}

function right(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { type, anyOf, items, properties, required = [], pattern } = schema
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (anyOf) return fc.oneof(...anyOf.map((one) => right(one, known)))
  if (type === 'object') return object(properties ?? {}, required, known)
  if (type === 'array') return fc.array(near(items ?? {}, known), { maxLength: 5 })
  if (type === 'integer' || type === 'number') return fc.oneof(fc.constantFrom(...known.ids), fc.nat(200), number)
  const texts = fc.constantFrom(...usual, ...known.texts, ...known.ids.map(String))
  if (type === 'string') return fc.oneof(texts, ofPattern(pattern), text)
  return type === 'null' ? fc.constant(null) : fc.boolean()
}

/** Has strangers among its members, and in one of eight also lacks some that are required. */
function object(properties: Record<string, Schema>, required: string[], known: Known) {
  const members = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, near(one, known)]))
  const own = fc.oneof(
    { arbitrary: fc.record(members, { requiredKeys: required }), weight: 7 },
    { arbitrary: fc.record(members, { requiredKeys: [] }), weight: 1 },
  )
  const strange = fc.oneof({ arbitrary: fc.constant({}), weight: 3 }, fc.dictionary(text, value, { maxKeys: 2 }))
  return fc.tuple(strange, own).map(([others, named]) => ({ ...others, ...named }))
}

// Patterns that look ahead are more than fast-check can follow.
function ofPattern(pattern: string | undefined): fc.Arbitrary<string> {
  return pattern === undefined || pattern.includes('(?!') ? text : fc.stringMatching(new RegExp(pattern))
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
