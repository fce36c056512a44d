/** Findings, and the input of the checks. */
import type { Recording, Stored, StoredRow } from './recording.ts'

export type Kind =
  | 'lost'
  | 'doubled'
  | 'disordered'
  | 'hole'
  | 'disagreement'
  | 'missed in silence'
  | 'unread'
  | 'read mark'
  | 'answer differs'
  | 'never answered'
  | 'wrong verdict'
  | 'slow refusal'
  | 'slow recovery'
  | 'file lost'
  | 'file differs'
  | 'file shown'
  | 'offence'

export interface Finding {
  kind: Kind
  detail: string
}

export const found = (kind: Kind, detail: string): Finding => ({ kind, detail })

/** The input of every check, with the stored rows indexed. */
export interface Known {
  recording: Recording
  stored: Stored
  byId: ReadonlyMap<number, StoredRow>
  byContent: ReadonlyMap<string, readonly StoredRow[]>
  byConversation: ReadonlyMap<string, readonly StoredRow[]>
}
