/** The HTTP side of the black box: one call, and what every reply must look like. */
import { expect } from 'vitest'
import { z } from 'zod'
import { baseUrl } from './address.ts'

export interface Call {
  token?: string
  body?: unknown
  query?: Record<string, string | number>
  headers?: Record<string, string>
  /** Sent as it is in place of `body`. */
  raw?: string | Uint8Array<ArrayBuffer>
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  body: unknown
}

export interface Expected {
  status: number
  code: number
  reason?: string
}

export const declined = { status: 200, code: -1 }
export const invalid = { status: 400, code: 400 }
export const unauthorized = { status: 401, code: 401 }

/** A reason that the contract does not name is still a stable code. */
const reasonPattern = /^[A-Z][A-Z0-9_]+$/

/** Traces of what runs behind the boundary. */
const leak = /node_modules|\bat \S+ \(|\.[cm]?[jt]s:\d|\bER_[A-Z]|\bSQL|\bECONN|\bzod\b|(Type|Reference|Syntax)Error/i

const Success = z.strictObject({ code: z.literal(0), msg: z.string(), data: z.unknown().optional() })
const Refused = z.strictObject({
  code: z.int(),
  msg: z.string().min(1),
  reason: z.string().regex(reasonPattern),
  request_id: z.string().optional(),
})
const Nothing = z.null().optional()

/** Sends one request; JSON unless `raw` says otherwise. */
export async function call(method: string, path: string, { token, body, query, headers, raw }: Call = {}) {
  const url = new URL(baseUrl + path)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, String(value))
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(url, {
    method,
    headers: {
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: content,
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parsed(text) } satisfies Reply
}

/** Asserts a success without data, or with data of the given shape, which it returns. */
export function ok(reply: Reply): undefined
export function ok<T>(reply: Reply, shape: z.ZodType<T>): T
export function ok(reply: Reply, shape: z.ZodType = Nothing): unknown {
  expect(summary(reply)).toMatchObject({ status: 200, code: 0 })
  expect(contentType(reply)).toBe('application/json; charset=utf-8')
  return shape.parse(Success.parse(reply.body).data)
}

/** Asserts a refusal down to its last field and returns it. */
export function refused(reply: Reply, { status, code, reason }: Expected): z.infer<typeof Refused> {
  expect(summary(reply)).toMatchObject({ status, code, ...(reason && { reason }) })
  expect(contentType(reply)).toBe('application/json; charset=utf-8')
  expect(reply.text).not.toMatch(leak)
  return Refused.parse(reply.body)
}

/** Asserts that an odd request met an answer in the envelope and not a fault of the service. */
export function answered(reply: Reply): void {
  expect(summary(reply).status, reply.text).toBeLessThan(500)
  expect(contentType(reply)).toBe('application/json; charset=utf-8')
  expect(reply.text).not.toMatch(leak)
  z.union([Success, Refused]).parse(reply.body)
}

/** The text for people that a reply carries. */
export function said(reply: Reply): string {
  return z.looseObject({ msg: z.string() }).parse(reply.body).msg
}

/** The refusal's code for machines. */
export function reasonOf(reply: Reply): string {
  return Refused.parse(reply.body).reason
}

/** 0 for a success and another integer for a refusal. */
export function codeOf(reply: Reply): number {
  return z.looseObject({ code: z.int() }).parse(reply.body).code
}

function contentType(reply: Reply): string | undefined {
  return reply.headers.get('content-type')?.toLowerCase()
}

/** Status and body side by side, so that a failed assertion shows both. */
function summary(reply: Reply): Record<string, unknown> {
  const body = z.record(z.string(), z.unknown()).safeParse(reply.body)
  return { status: reply.status, ...(body.success ? body.data : { text: reply.text.slice(0, 500) }) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
