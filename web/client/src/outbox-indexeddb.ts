/** An outbox in IndexedDB: it survives a reload, and all tabs share it. */
import type { Entry, Outbox } from './outbox.ts'

interface Request<Result> {
  result: Result
  error: unknown
  onsuccess: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}

interface Store {
  add(value: unknown): Request<unknown>
  getAll(): Request<unknown[]>
  delete(key: never): Request<unknown>
  index(name: string): { getKey(value: string): Request<unknown> }
  createIndex(name: string, path: string, options: { unique: boolean }): unknown
}

interface Transaction {
  error: unknown
  oncomplete: ((event: never) => void) | null
  onabort: ((event: never) => void) | null
  objectStore(name: string): Store
}

interface Database {
  onclose: ((event: never) => void) | null
  onversionchange: ((event: never) => void) | null
  close(): void
  createObjectStore(name: string, options: { autoIncrement: boolean }): Store
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction
}

/** What is used of a browser's `indexedDB`. */
export interface IndexedDb {
  open(name: string, version: number): Request<Database> & { onupgradeneeded: ((event: never) => void) | null }
}

const store = 'entries'

/** The order is that of the keys, which the database counts up: it has nothing to do with clocks. */
export function indexedDbOutbox(indexedDb: IndexedDb, name: string): Outbox {
  let database: Promise<Database> | undefined

  function open(): Promise<Database> {
    database ??= opened(indexedDb, name, forget)
    database.catch(forget)
    return database
  }

  function forget(): void {
    database = undefined
  }

  async function inStore<Result>(mode: 'readonly' | 'readwrite', work: (entries: Store) => Request<Result>) {
    const transaction = (await open()).transaction(store, mode)
    const request = work(transaction.objectStore(store))
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? request.error)
    })
    return request.result
  }

  return {
    async add(entry) {
      await inStore('readwrite', (entries) => entries.add(entry))
    },
    async all() {
      return (await inStore('readonly', (entries) => entries.getAll())) as Entry[]
    },
    async remove(id) {
      await inStore('readwrite', (entries) => {
        const found = entries.index('id').getKey(id)
        found.onsuccess = () => {
          if (found.result !== undefined) entries.delete(found.result as never)
        }
        return found
      })
    },
  }
}

/** `onGone` is called when it has to be opened again. */
function opened(indexedDb: IndexedDb, name: string, onGone: () => void): Promise<Database> {
  return new Promise((resolve, reject) => {
    const request = indexedDb.open(name, 1)
    request.onupgradeneeded = () => {
      request.result
        .createObjectStore(store, { autoIncrement: true })
        .createIndex('id', 'client_msg_id', { unique: true })
    }
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const database = request.result
      database.onclose = onGone
      // Another page would like to change or delete it.
      database.onversionchange = () => {
        database.close()
        onGone()
      }
      resolve(database)
    }
  })
}
