/** An outbox that outlives its chats, as one on a disk does, and remembers what was answered last. */
import type { Entry, Outbox } from '../../web/client/src/index.ts'

const mostRemembered = 40

export class KeptOutbox implements Outbox {
  readonly #onKept: (entry: Entry) => void
  readonly #waiting = new Map<string, Entry>()
  readonly #answered = new Map<string, Entry>()

  constructor(onKept: (entry: Entry) => void) {
    this.#onKept = onKept
  }

  get waiting(): readonly Entry[] {
    return [...this.#waiting.values()]
  }

  /** Forgets the first of the answered messages that fits. */
  take(fits: (clientMessageId: string) => boolean): Entry | undefined {
    const found = [...this.#answered.keys()].find(fits)
    const entry = found === undefined ? undefined : this.#answered.get(found)
    if (entry) this.#answered.delete(entry.client_msg_id)
    return entry
  }

  async add(entry: Entry): Promise<void> {
    this.#waiting.set(entry.client_msg_id, entry)
    this.#onKept(entry)
  }

  async all(): Promise<Entry[]> {
    return [...this.#waiting.values()]
  }

  async remove(clientMessageId: string): Promise<void> {
    const entry = this.#waiting.get(clientMessageId)
    if (!entry) return
    this.#waiting.delete(clientMessageId)
    this.#answered.set(clientMessageId, entry)
    const [oldest] = this.#answered.keys()
    if (this.#answered.size > mostRemembered && oldest !== undefined) this.#answered.delete(oldest)
  }
}
