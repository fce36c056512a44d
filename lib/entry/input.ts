/** Validates input from outside by its schema; a refusal names the field that is wrong. */
import * as z from 'zod/mini'
import { type Reason, Refusal } from '../core/refusal.ts'

/**
 * Returns `value` as `schema` parses it.
 *
 * A member that is null counts as absent, as it did in GoChat's decoder.
 *
 * @throws Refusal `reason` - `value` does not match; the detail names the field, with `name` in front.
 */
export function checked<T>(schema: z.ZodMiniType<T>, value: unknown, reason: Reason, name?: string): T {
  const result = z.safeParse(schema, isObject(value) ? withoutNulls(value) : value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = [...(name === undefined ? [] : [name]), ...(issue?.path ?? [])].join('.')
  throw new Refusal(reason, { field: `${field}: ${issue?.message ?? 'is invalid'}` })
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function withoutNulls(value: Record<string, unknown>): Record<string, unknown> {
  const members = Object.entries(value)
  return members.some(([, member]) => member === null)
    ? Object.fromEntries(members.filter(([, member]) => member !== null))
    : value
}
