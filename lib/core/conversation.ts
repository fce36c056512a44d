/** A conversation belongs to a pair of users, whoever of them speaks. */

export interface Pair {
  low: number
  high: number
}

/** The pair in its stored order. */
export const pairOf = (a: number, b: number): Pair => (a < b ? { low: a, high: b } : { low: b, high: a })

/** The pair as text: the Kafka key, so that one conversation is one partition. */
export const conversationKey = (a: number, b: number): string => `${Math.min(a, b)}:${Math.max(a, b)}`
