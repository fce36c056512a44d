/** Replays recorded requests of GoChat's clients: fills their placeholders in and reads what those clients read. */
import { expect } from 'vitest'
import { z } from 'zod'
import { call } from './http.ts'

/** What placeholders stand for, such as `ada.id`. */
export type Memory = Map<string, string | number>

export const Step = z.strictObject({
  title: z.string(),
  as: z.string().optional(),
  method: z.enum(['GET', 'POST', 'PUT']),
  path: z.string(),
  query: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  body: z.record(z.string(), z.unknown()).optional(),
  status: z.int().default(200),
  /** What the reply has to hold, and may hold more than. */
  reply: z.looseObject({ code: z.int() }),
  /** Fields that the clients read of `data`, or of each of its elements, and their types. */
  reads: z.record(z.string(), z.string()).optional(),
  /** Fields of `data`, or of its first element, that later steps name. */
  keeps: z.record(z.string(), z.string()).optional(),
})
export type Step = z.infer<typeof Step>

export const FrameStep = z.strictObject({
  title: z.string(),
  sends: z.record(z.string(), z.unknown()),
  /** What the other side reads of the frame that reaches it; nothing reaches it without. */
  reads: z.record(z.string(), z.unknown()).optional(),
})
export type FrameStep = z.infer<typeof FrameStep>

const Body = z.looseObject({ code: z.int(), msg: z.string(), data: z.unknown().optional() })
const Elements = z.array(z.record(z.string(), z.unknown()))

/** Performs one request as recorded and asserts what GoChat's clients rely on. */
export async function replay(step: Step, memory: Memory): Promise<void> {
  const { method, path, query, body, reply: promised } = filled(step, memory)
  const token = step.as && String(memory.get(`${step.as}.token`))
  const reply = await call(method, path, { query, body, ...(token && { token }) })

  const answer = Body.parse(reply.body)
  expect({ status: reply.status, ...answer }).toMatchObject({ status: step.status, ...promised })

  const elements = elementsOf(answer.data)
  for (const [field, type] of Object.entries(step.reads ?? {})) {
    expect(elements.length).toBeGreaterThan(0)
    for (const element of elements) expect(element[field], field).toBeTypeOf(typeOf(type))
  }
  for (const [name, field] of Object.entries(step.keeps ?? {})) {
    memory.set(name, z.union([z.string(), z.number()]).parse(elements[0]?.[field]))
  }
}

/** Puts what is known in place of `{name}`; a value that is nothing but a placeholder keeps its type. */
export function filled<T>(value: T, memory: Memory): T
export function filled(value: unknown, memory: Memory): unknown {
  if (typeof value === 'string') {
    const whole = memory.get(value.replace(/^\{(.+)\}$/, '$1'))
    if (whole !== undefined && value.startsWith('{')) return whole
    return value.replace(/\{([a-z.]+)\}/g, (text, name: string) => String(memory.get(name) ?? text))
  }
  if (Array.isArray(value)) return value.map((element) => filled(element, memory))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, filled(inner, memory)]))
}

function elementsOf(data: unknown): Record<string, unknown>[] {
  return Elements.parse(Array.isArray(data) ? data : data === undefined || data === null ? [] : [data])
}

function typeOf(type: string) {
  return z.enum(['string', 'number', 'boolean']).parse(type)
}
