/** The topic of what can never be stored or posted, for functions that seldom write to it: what it takes is loaded then, and not when they start. */
import type { Topic } from './kafka.ts'

export const deadLetters: Topic = {
  send: async (record) => (await import('./dead-letter-topic.ts')).deadLetters.send(record),
}
