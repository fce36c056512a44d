/** What ends the parts of a system that is being started, for its stop or for a start that fails half way. */

export interface Cleanup {
  /** Adds the step that ends a part. */
  add(step: () => Promise<unknown> | undefined): void
  /** Takes the steps, the last one first, and each once. One that fails is told, and holds up no other. */
  run(): Promise<void>
}

export function createCleanup(say: (line: string) => void): Cleanup {
  const steps: (() => Promise<unknown> | undefined)[] = []
  return {
    add: (step) => void steps.push(step),
    async run() {
      for (const step of steps.splice(0).reverse()) await step()?.catch((error: unknown) => say(String(error)))
    },
  }
}
