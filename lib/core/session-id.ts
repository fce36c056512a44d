/** Session ids: `<epoch>.<random>`. The epoch counts how often all sessions of the account had ended before the log-in. */
import { randomUUID } from 'node:crypto'

export const newSessionId = (epoch: number): string => `${epoch}.${randomUUID()}`

/** The epoch in which a session was opened. */
export function epochOf(sessionId: string): number {
  return Number.parseInt(sessionId, 10) || 0
}
