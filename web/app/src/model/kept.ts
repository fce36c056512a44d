/** Small values that this browser keeps, shared by its tabs. A damaged one counts as none, and is thrown away. */
import { platform } from './platform.ts'

const prefix = 'gochat.'
// Where the browser keeps nothing, this tab does.
const memory = new Map<string, string>()

export function keep(name: string, value: unknown): void {
  const text = value === undefined ? undefined : JSON.stringify(value)
  memory.delete(name)
  try {
    if (text === undefined) platform.storage.removeItem(prefix + name)
    else platform.storage.setItem(prefix + name, text)
  } catch {
    if (text !== undefined) memory.set(name, text)
  }
}

export function kept<Value>(name: string, isValue: (value: unknown) => value is Value): Value | undefined {
  const text = textOf(name)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (isValue(value)) return value
  } catch {
    // It is no JSON.
  }
  keep(name, undefined)
  return undefined
}

function textOf(name: string): string | undefined {
  try {
    return memory.get(name) ?? platform.storage.getItem(prefix + name) ?? undefined
  } catch {
    return undefined
  }
}

/** Calls back when another tab has changed a value. */
export function onKept(name: string, changed: () => void): void {
  platform.window.addEventListener('storage', ({ key }: { key: string | null }) => {
    // Without a key: all was cleared.
    if (key === null || key === prefix + name) changed()
  })
}

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isNumber = (value: unknown): value is number => Number.isFinite(value)
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
