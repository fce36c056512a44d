/** Choices that belong to this browser, not to an account. A browser that keeps nothing still works: they last until it is closed. */

export type Choice = 'theme' | 'language'

export function readChoice(name: Choice): string | undefined {
  try {
    return globalThis.localStorage?.getItem(`gochat.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function keepChoice(name: Choice, value: string): void {
  try {
    globalThis.localStorage?.setItem(`gochat.${name}`, value)
  } catch {
    // Storage is full, or forbidden.
  }
}
