/**
 * Writes web/client/src/wire.ts from the schemas in lib/wire: what the library for clients knows of frames and replies.
 * `npm run docs:wire`; a test holds the file to the schemas.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as z from 'zod/mini'
import { StoredMessage, SyncedConversation } from '../lib/wire/chat.ts'
import { clientFrames, serverFrames } from '../lib/wire/frame-table.ts'
import { Friend } from '../lib/wire/friend.ts'
import { MyGroup } from '../lib/wire/group.ts'
import { type Json, type ObjectSchema, schemaOf } from '../lib/wire/json-schema.ts'
import { ChangedMessage, MessageChange, MessageState, Reaction } from '../lib/wire/server-frame.ts'

export const file = join(import.meta.dirname, '../web/client/src/wire.ts')
const widest = 120

/** What the library reads of replies, in an order in which each is made of those before. */
const replies = {
  ...{ Reaction, MessageState, ChangedMessage, MessageChange },
  ...{ StoredMessage, SyncedConversation, Friend, Group: MyGroup },
}
/** How GoChat's first clients send messages is not for new ones. */
const { sendOldMessage: _old, ...sent } = clientFrames

const named = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`
const frameName = (name: string): string => named(name).replace(/(Event)?$/, 'Frame')

/** An interface for each object; of an object inside another one that has been written before, the name. */
class Writer {
  readonly #names = new Map<string, string>()
  readonly parts: string[] = []

  interface(name: string, about: string, schema: ObjectSchema): void {
    const body = this.#bodyOf(schema, '  ')
    this.#names.set(this.#bodyOf(schema, ' '), name)
    this.parts.push(`/** ${about}. */\nexport interface ${name} {\n${body}\n}`)
  }

  union(name: string, about: string, of: readonly string[]): void {
    const line = `export type ${name} = ${of.join(' | ')}`
    const lines = `export type ${name} =\n${of.map((one) => `  | ${one}`).join('\n')}`
    this.parts.push(`/** ${about}. */\n${line.length > widest ? lines : line}`)
  }

  #bodyOf({ properties = {}, required = [] }: ObjectSchema, indent: string): string {
    const members = Object.entries(properties).map(([name, property]) => {
      const about = typeof property.description === 'string' ? `${indent}/** ${property.description} */\n` : ''
      return `${about}${indent}${name}${required.includes(name) ? '' : '?'}: ${this.#typeOf(property)}`
    })
    return members.join('\n')
  }

  #typeOf(schema: Json): string {
    const { const: only, enum: some, anyOf, type, items } = schema
    if (only !== undefined) return literal(only)
    if (Array.isArray(some)) return some.map(literal).join(' | ')
    if (Array.isArray(anyOf)) return [...new Set(anyOf.map((one) => this.#typeOf(one)))].join(' | ')
    if (type === 'array') return `${this.#typeOf(items as Json)}[]`
    if (Array.isArray(type)) return type.map((one) => this.#typeOf({ type: one })).join(' | ')
    if (type === 'integer') return 'number'
    if (type === 'string' || type === 'number' || type === 'boolean') return type
    const name = type === 'object' ? this.#names.get(this.#bodyOf(schema, ' ')) : undefined
    if (!name) throw new Error(`no type for ${JSON.stringify(schema)}`)
    return name
  }
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value))

/** The file as it has to be. */
export function clientWire(): string {
  const writer = new Writer()
  for (const [name, schema] of Object.entries(replies))
    writer.interface(name, 'Of a reply of the HTTP API', schemaOf(schema, 'output'))
  for (const [name, { summary, schema }] of Object.entries(serverFrames))
    writer.interface(frameName(name), summary.en, schemaOf(schema, 'output'))
  writer.union('ServerFrame', 'A frame of the service', Object.keys(serverFrames).map(frameName))
  for (const [name, { summary, schema, type }] of Object.entries(sent))
    writer.interface(named(name), summary.en, withType(schemaOf(schema, 'input'), type))
  writer.union('ClientFrame', 'A frame of a client', Object.keys(sent).map(named))
  const table = Object.values(serverFrames).flatMap(({ schema }) => needs(schema))
  return `/**
 * What travels, as the service's schemas say: made by \`npm run docs:wire\`. Change those in its place.
 */

${writer.parts.join('\n\n')}

/** The members that a frame must have, with what \`typeof\` says of each: by \`type\`, and \`event\` behind it where there is one. */
export const needed: Record<string, Record<string, string>> = {
${table.join('\n')}
}
`
}

const withType = ({ properties, required = [] }: ObjectSchema, type: number): ObjectSchema => ({
  properties: { type: { const: type }, ...properties },
  required: ['type', ...required],
})

/** A line of the table for each kind of frames that a schema describes. */
function needs(schema: z.ZodMiniType): string[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'output')
  const { type, event, ...others } = properties
  const events = event ? ((event.enum as string[] | undefined) ?? [event.const as string]) : []
  const members = Object.entries(others)
    .filter(([name]) => required.includes(name))
    .map(([name, property]) => `${name}: '${kindsOf(property)}'`)
  return (events.length > 0 ? events.map((one) => `'${type?.const} ${one}'`) : [String(type?.const)]).map((key) => {
    const line = `  ${key}: { ${members.join(', ')} },`.replace('{  }', '{}')
    return line.length > widest ? `  ${key}: {\n${members.map((one) => `    ${one},`).join('\n')}\n  },` : line
  })
}

function kindsOf({ type, const: only, anyOf }: Json): string {
  if (Array.isArray(anyOf)) return anyOf.map(kindsOf).join(' ')
  if (Array.isArray(type)) return type.map((one) => kindsOf({ type: one })).join(' ')
  if (only !== undefined) return typeof only
  return type === 'integer' ? 'number' : String(type)
}

if (import.meta.main) await writeFile(file, clientWire())
