/** Events as an async iteration. */
import { ChatError } from './errors.ts'

const mostWaiting = 10_000

/** What `listen` brings from the moment of this call on. It ends when `end` is called, or whoever iterates leaves. */
export class Stream<Item> implements AsyncIterableIterator<Item> {
  readonly #waiting: Item[] = []
  readonly #unlisten: () => void
  #sleepers: (() => void)[] = []
  #isOver = false
  #error: ChatError | undefined

  constructor(listen: (put: (item: Item) => void) => () => void) {
    this.#unlisten = listen((item) => this.#put(item))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Item>> {
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#sleepers.push(resolve)
      })
    if (this.#error) throw this.#error
    const [value] = this.#waiting.splice(0, 1)
    return value === undefined ? { done: true, value } : { done: false, value }
  }

  async return(): Promise<IteratorResult<Item>> {
    this.#waiting.length = 0
    this.end()
    return { done: true, value: undefined }
  }

  /** What came before is still given. */
  end(error?: ChatError): void {
    this.#unlisten()
    this.#isOver = true
    this.#error = error
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#sleepers.splice(0)) wake()
  }

  #put(item: Item): void {
    if (this.#waiting.length >= mostWaiting) this.end(new ChatError('TOO_SLOW'))
    else this.#waiting.push(item)
    this.#wake()
  }
}
