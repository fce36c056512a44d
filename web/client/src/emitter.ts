/** Events with typed arguments. */

export type Listener<Arguments extends unknown[]> = (...given: Arguments) => void

export class Emitter<Events extends { [name in keyof Events]: unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** @returns what ends it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const all = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, all.add(listener))
    return () => void all.delete(listener)
  }

  /** A listener that throws stops no other: its error is thrown where nobody waits, as those of DOM events are. */
  emit<Name extends keyof Events>(name: Name, ...given: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        ;(listener as Listener<Events[Name]>)(...given)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
