/** What the library needs of its surroundings. Tests bring their own. It reads no clock: one that is wrong harms nothing. */

/** A browser's WebSocket, that of Node 22 and later, or the one of the package `ws`. */
export interface Socket {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(text: string): void
  close(): void
}

export interface Environment {
  fetch: typeof fetch
  WebSocket: new (url: string) => Socket
  /** From 0 to below 1, for pauses. */
  random(): number
  setTimeout(act: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

export function environmentOf(given: Partial<Environment> = {}): Environment {
  return {
    fetch: globalThis.fetch?.bind(globalThis),
    WebSocket: globalThis.WebSocket as Environment['WebSocket'],
    random: Math.random,
    setTimeout: (act: () => void, ms: number) => globalThis.setTimeout(act, ms),
    clearTimeout: (timer: unknown) => globalThis.clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
    ...given,
  }
}

const longestMs = 30_000

/** How long to wait after so many failures: at random below a bound that doubles, so that many clients spread. */
export const pauseMs = ({ random }: Pick<Environment, 'random'>, failures: number): number =>
  Math.round(random() * Math.min(1_000 * 2 ** failures, longestMs))
