/** What is known of a group that people come to and leave: by its members, by its rows, and by what may be read of it. */
import type { Entry, Message } from '../../web/client/src/index.ts'

export interface CrowdPerson {
  id: number
  /** What notices call them. */
  name: string
  /** What their application was given, in that order. */
  given: { seq: number; content: string }[]
  /** What it shows, by seq: as the changes that it was given have left it. */
  shown: Map<number, Message>
}

export interface CrowdLog {
  group: number
  people: CrowdPerson[]
  acknowledged: { from: number; content: string; id: number; seq: number }[]
  /** What somebody wanted to say, or to change, by `client_msg_id`. */
  asked: Map<string, Asked>
  /** The `client_msg_id` of what was refused. */
  refused: Set<string>
  offences: string[]
}

export interface CrowdRow {
  id: number
  seq: number
  /** 0 for a notice. */
  from: number
  content: string
  kind: number
  clientMessageId: string
}

/** What somebody may read in the end, as far as it is judged. */
export type CrowdPage = readonly Pick<Message, 'seq' | 'content' | 'state'>[]

/** From the notice of joining to that of leaving; `endless` if there was none. */
export interface Stay {
  from: number
  upTo: number
}

export const endless = Number.MAX_SAFE_INTEGER

/** What somebody wanted to say; `change` if it was of another message. */
export interface Asked extends Pick<Entry, 'change' | 'content'> {
  from: number
}
