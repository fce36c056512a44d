/** The topic of what is pushed to very many, for functions that seldom write to it: what it takes is loaded then, and not when they start. */
import type { Topic } from './kafka.ts'

export const slices: Topic = {
  send: async (record) => (await import('./fan-out-topic.ts')).slices.send(record),
}
