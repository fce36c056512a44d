/** Tabs of one browser: each has an environment of its own, and they share locks, channels and a database. */
import { IDBFactory } from 'fake-indexeddb'
import type { Environment } from '../src/index.ts'
import type { World } from './world.ts'

interface Held {
  tab: Owner
  begin(): void
}

/** One that is dead does nothing more, whatever its code still tries. */
interface Owner {
  isDead: boolean
}

export class Browser {
  readonly indexedDB = new IDBFactory()
  readonly #channels = new Map<string, Set<{ tab: Owner; receive(data: unknown): void }>>()
  readonly #locks = new Map<string, Held[]>()

  /** A tab, and how to end it without a word. */
  tab(world: World): { environment: Partial<Environment>; crash(): void } {
    const tab = { isDead: false }
    const { fetch, WebSocket, XMLHttpRequest, random } = world.environment
    const sockets = new Set<{ close(): void }>()
    const environment = {
      random,
      XMLHttpRequest,
      fetch: ((...given: Parameters<typeof fetch>) =>
        tab.isDead ? new Promise(() => {}) : fetch(...given)) as typeof fetch,
      WebSocket: class extends WebSocket {
        constructor(url: string) {
          super(url)
          sockets.add(this)
          if (tab.isDead) this.close()
        }
      },
      setTimeout: (act: () => void, ms: number) => setTimeout(() => tab.isDead || act(), ms),
      clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
      indexedDB: this.indexedDB as unknown as NonNullable<Environment['indexedDB']>,
      locks: this.#locksOf(tab),
      BroadcastChannel: this.#channelOf(tab),
    }
    const crash = () => {
      tab.isDead = true
      for (const socket of sockets) socket.close()
      for (const all of this.#channels.values()) for (const one of [...all]) if (one.tab === tab) all.delete(one)
      for (const [name, queue] of this.#locks) this.#leave(name, ...queue.filter((held) => held.tab === tab))
    }
    return { environment, crash }
  }

  #channelOf(tab: Owner): NonNullable<Environment['BroadcastChannel']> {
    const channels = this.#channels
    return class {
      onmessage: ((event: never) => void) | null = null
      readonly #all: Set<{ tab: Owner; receive(data: unknown): void }>
      readonly #own = { tab, receive: (data: unknown) => this.onmessage?.({ data } as never) }

      constructor(name: string) {
        this.#all = channels.get(name) ?? new Set()
        channels.set(name, this.#all.add(this.#own))
      }

      postMessage(message: unknown): void {
        if (tab.isDead) return
        const data = structuredClone(message)
        for (const one of this.#all) if (one !== this.#own) setTimeout(() => this.#all.has(one) && one.receive(data), 1)
      }

      close(): void {
        this.#all.delete(this.#own)
      }
    }
  }

  #locksOf(tab: Owner): NonNullable<Environment['locks']> {
    return {
      request: (name, { signal }, hold) =>
        new Promise((resolve, reject) => {
          if (tab.isDead) return
          let hasBegun = false
          const held: Held = {
            tab,
            begin: () => {
              hasBegun = true
              void hold().then(() => {
                this.#leave(name, held)
                resolve(undefined)
              })
            },
          }
          signal.addEventListener('abort', () => {
            if (hasBegun) return
            this.#leave(name, held)
            reject(new Error('AbortError'))
          })
          const queue = this.#locks.get(name) ?? []
          this.#locks.set(name, queue)
          queue.push(held)
          if (queue.length === 1) setTimeout(held.begin, 1)
        }),
    }
  }

  #leave(name: string, ...gone: Held[]): void {
    const queue = this.#locks.get(name) ?? []
    const [first] = queue
    const rest = queue.filter((held) => !gone.includes(held))
    this.#locks.set(name, rest)
    // `queue` may be held by a request under way.
    if (rest[0] && rest[0] !== first) setTimeout(rest[0].begin, 1)
  }
}
