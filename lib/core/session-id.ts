/** Ids of sessions: `<epoch>.<random>`, where the epoch is the account's password generation at log-in. */
import { randomUUID } from 'node:crypto'

export const newSessionId = (epoch: number): string => `${epoch}.${randomUUID()}`

/** The password generation a session was opened under. */
export function epochOf(sessionId: string): number {
  return Number.parseInt(sessionId, 10) || 0
}
