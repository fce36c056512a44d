/** Session ids: `<epoch>.<random>`. The epoch counts the account's password changes up to the log-in. */
import { randomUUID } from 'node:crypto'

export const newSessionId = (epoch: number): string => `${epoch}.${randomUUID()}`

/** The epoch in which a session was opened. */
export function epochOf(sessionId: string): number {
  return Number.parseInt(sessionId, 10) || 0
}
