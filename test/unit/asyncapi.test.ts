/** The AsyncAPI description of the socket: valid, complete, in both languages, and the same as the contract and the strict shapes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import specification from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' }
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asyncApi, type MessageObject } from '../../lib/wire/asyncapi.ts'
import { FrameType } from '../../lib/wire/frame.ts'
import { clientFrames, serverFrames } from '../../lib/wire/frame-table.ts'
import type { ObjectSchema } from '../../lib/wire/json-schema.ts'
import * as shapes from '../support/shape.ts'

const contract = readFileSync(join(import.meta.dirname, '../../docs/wire-contract.md'), 'utf8')
const description = asyncApi('0.0.0')
const { messages } = description.components
const ajv = new Ajv({ strict: false, validateFormats: false })
const isValid = ajv.compile(specification)

const named = (table: object): MessageObject[] => Object.keys(table).map((name) => messages[name] as MessageObject)
const typeOf = ({ payload }: MessageObject): unknown => payload.properties?.type?.const

/** The members of an object, those that may be absent with a question mark. */
const membersOf = ({ properties = {}, required = [] }: ObjectSchema): string[] =>
  Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`))

describe('the description of the socket', () => {
  it('is valid AsyncAPI 3.0, by the official schema', () => {
    isValid(structuredClone(description))
    expect(isValid.errors ?? []).toEqual([])
    const operations = { shout: { ...description.operations.heartbeat, action: 'shout' } }
    expect(isValid({ ...description, operations })).toBe(false)
  })

  it('refers only to parts that are there', () => {
    const refs = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
    const found = (path: string): unknown =>
      path.split('/').reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], description)
    expect(refs.length).toBeGreaterThan(30)
    expect(refs.filter((path) => found(path) === undefined)).toEqual([])
  })

  it('has every type of frame, by its number', () => {
    const types = Object.values(messages).map(typeOf)
    expect([...new Set(types)].sort((a, b) => Number(a) - Number(b))).toEqual(Object.values(FrameType))
  })

  it('says of each frame who sends it, and of each answer to what', () => {
    const operations = Object.values(description.operations)
    const namesOf = (refs: { $ref: string }[] = []): string[] => refs.map(({ $ref }) => $ref.split('/').at(-1) ?? '')
    const by = (action: string): string[] =>
      operations.filter((one) => one.action === action).flatMap((one) => namesOf(one.messages))
    expect(by('receive')).toEqual(Object.keys(clientFrames))
    const answers = operations.flatMap((one) => namesOf(one.reply?.messages))
    expect([...new Set([...by('send'), ...answers])].sort()).toEqual(Object.keys(serverFrames).sort())
  })

  it('has the upgrade’s query, with the interval’s bounds', () => {
    const { query } = description.channels.socket.bindings.ws
    expect(Object.keys(query.properties ?? {})).toEqual(['ticket', 'token', 'frames', 'heartbeat'])
    expect(query.properties?.heartbeat).toMatchObject({ minimum: 30, maximum: 480, default: 30 })
  })
})

describe.each(Object.values(messages))('$title', ({ summary, payload, examples }) => {
  it('has a summary in English and in Chinese', () => {
    const [english = '', chinese = '', ...more] = summary.split(' · ')
    expect([/\p{Script=Han}/u.test(english), /\p{Script=Han}/u.test(chinese), more]).toEqual([false, true, []])
  })

  it('has an example that is such a frame', () => {
    const check = ajv.compile(payload)
    expect(examples.map(({ payload: example }) => check(example) || check.errors)).toEqual([true])
    expect(check({ ...examples[0]?.payload, type: 99 })).toBe(false)
  })
})

it('what a client may leave out may be null', () => {
  const isTaken = ajv.compile(messages.sendMessage?.payload ?? {})
  const frame = { type: 2, target_id: 1, content: 'a' }
  expect(isTaken({ ...frame, media: null, client_msg_id: null })).toBe(true)
  expect(isTaken({ ...frame, content: null })).toBe(false)
})

describe('the contract', () => {
  /** The rows of a table in the contract: the types that it is about, and the members that it lists. */
  function told(heading: string): [type: number, members: string[]][] {
    const section = contract.split(`\n### ${heading}\n`)[1]?.split(/^#+ /m)[0] ?? ''
    let before: string[] = []
    return [...section.matchAll(/^\| (\d+)(?:, or (\d+) with)?[^|]*\|([^|]+)\|/gm)].flatMap(
      ([, first, second, frame = '']) => {
        const list = /`\{?([^`}]+)/.exec(frame)?.[1] ?? ''
        const members = list.split(',').map((member) => member.split(':')[0]?.trim() ?? '')
        before = /the same/.test(frame) ? [...new Set([...before, ...members])] : members
        return [first, second].filter(Boolean).map((type): [number, string[]] => [Number(type), [...before].sort()])
      },
    )
  }

  const sorted = (rows: [unknown, string[]][]): string[] => rows.map((row) => JSON.stringify(row)).sort()

  it('lists the same members of each frame from the client', () => {
    const rows = named(clientFrames).map((one): [unknown, string[]] => [typeOf(one), membersOf(one.payload).sort()])
    expect(rows).toHaveLength(8)
    expect(sorted(rows)).toEqual(sorted(told('From the client')))
  })

  it('lists the same members of each frame from the server, beside those of groups', () => {
    // It says in words: “In a group, types 5, 6 and 7 carry `chat_type: 3`, and `target_id` is the group.”
    const ofGroups = new Map<unknown, string[]>([
      [FrameType.stored, ['chat_type?']],
      [FrameType.read, ['chat_type?']],
      [FrameType.typing, ['chat_type?', 'target_id?']],
    ])
    const rows = named(serverFrames).map((one): [unknown, string[]] => {
      const members = membersOf(one.payload).sort()
      const more = ofGroups.get(typeOf(one)) ?? []
      expect(members).toEqual(expect.arrayContaining(more))
      return [typeOf(one), members.filter((member) => !more.includes(member))]
    })
    expect(rows).toHaveLength(14)
    expect(sorted(rows)).toEqual(sorted(told('From the server')))
  })
})

it('the contract and the description name the same ends of a connection, and the same events', () => {
  const namesIn = (text = '', pattern = /[A-Z]+_?[A-Z]{3,}(?:_[A-Z]+)*/g): string[] =>
    [...(text.match(pattern) ?? [])].sort()
  const row = (start: string): string | undefined => contract.split('\n').find((line) => line.startsWith(start))
  const reason = messages.goAway?.payload.properties?.reason?.description
  expect(namesIn(row('| 10 '))).toHaveLength(6)
  expect(namesIn(String(reason))).toEqual(namesIn(row('| 10 ')))
  const events = messages.friendEvent?.payload.properties?.event?.enum
  expect(namesIn(row('| 8    | `{type: 8, event, user_id}`'), /friend_\w+/g)).toEqual([...(events as string[])].sort())
})

describe('the strict shapes of the tests', () => {
  const Frame = z.object({ properties: z.looseObject({ type: z.object({ const: z.number() }) }) })
  // What the history shows has the types of frames, too, and is none.
  const ofHistory = ['Row', 'GroupRow']
  const known = Object.entries(shapes)
    .filter(([name]) => !ofHistory.includes(name))
    .map(([name, shape]) => ({ name, schema: z.toJSONSchema(shape) as ObjectSchema }))
    .flatMap(({ name, schema }) => {
      const { data } = Frame.safeParse(schema)
      return data ? [{ name, schema, type: data.properties.type.const }] : []
    })
  const types = [...new Set(known.map(({ type }) => type))]

  it('know the frames that answer, and messages', () => {
    expect(types.sort((a, b) => a - b)).toEqual([0, 2, 3, 4, 5, 9])
  })

  it.each(types)('have the members of type %i, each as optional as it is, and of its kind', (type) => {
    const ofType = known.filter((one) => one.type === type).map(({ schema }) => schema)
    // Several shapes of a type are its cases: what one of them may lack is optional.
    const required = ofType
      .map((schema) => schema.required ?? [])
      .reduce((all, more) => all.filter((name) => more.includes(name)))
    const properties = Object.assign({}, ...ofType.map((schema) => schema.properties))
    const [described, ...others] = named(serverFrames).filter((one) => typeOf(one) === type)
    expect(others).toEqual([])
    const payload = described?.payload ?? {}
    expect(membersOf(payload).sort()).toEqual(membersOf({ properties, required }).sort())
    const kinds = Object.entries<{ type?: string }>(properties).filter(([, property]) => property.type !== undefined)
    expect(Object.fromEntries(kinds.map(([name]) => [name, payload.properties?.[name]?.type]))).toEqual(
      Object.fromEntries(kinds.map(([name, property]) => [name, property.type])),
    )
  })
})
