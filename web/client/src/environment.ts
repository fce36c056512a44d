/** What the library needs of its surroundings. Tests bring their own. It reads no clock: one that is wrong harms nothing. */
import type { IndexedDb } from './outbox-indexeddb.ts'

/** A browser's WebSocket, that of Node 22 and later, or the one of the package `ws`. */
export interface Socket {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(text: string): void
  close(): void
}

/** What is used of a browser's BroadcastChannel. */
export interface Channel {
  onmessage: ((event: never) => void) | null
  postMessage(message: unknown): void
  close(): void
}

/** What is used of `navigator.locks`. */
export interface Locks {
  request(name: string, options: { signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>
}

/** What is used of an XMLHttpRequest: unlike fetch, it says how far an upload is. */
export interface PutRequest {
  readonly status: number
  readonly upload: { onprogress: ((event: never) => void) | null }
  onloadend: ((event: never) => void) | null
  open(method: string, url: string): void
  send(body: Blob): void
  abort(): void
}

export interface Environment {
  fetch: typeof fetch
  WebSocket: new (url: string) => Socket
  /** From 0 to below 1, for pauses. */
  random(): number
  setTimeout(act: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  /** Where there is none, as in Node, the outbox is in memory, and no connection is shared. */
  indexedDB?: IndexedDb | undefined
  locks?: Locks | undefined
  BroadcastChannel?: (new (name: string) => Channel) | undefined
  /** Where there is none, as in Node, files are put by fetch. */
  XMLHttpRequest?: (new () => PutRequest) | undefined
}

export function environmentOf(given: Partial<Environment> = {}): Environment {
  const platform = globalThis as unknown as Partial<Environment> & { navigator?: { locks?: Locks } }
  const { WebSocket, indexedDB, BroadcastChannel, XMLHttpRequest, navigator } = platform
  return {
    fetch: globalThis.fetch?.bind(globalThis),
    WebSocket: WebSocket as Environment['WebSocket'],
    random: Math.random,
    setTimeout: (act: () => void, ms: number) => globalThis.setTimeout(act, ms),
    clearTimeout: (timer: unknown) => globalThis.clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
    indexedDB,
    locks: navigator?.locks,
    BroadcastChannel,
    XMLHttpRequest,
    ...given,
  }
}

const longestMs = 30_000

/** How long to wait after so many failures: at random below a bound that doubles, so that many clients spread. */
export const pauseMs = ({ random }: Pick<Environment, 'random'>, failures: number): number =>
  Math.round(random() * Math.min(1_000 * 2 ** failures, longestMs))
