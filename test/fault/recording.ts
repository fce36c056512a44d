/**
 * What clients did and saw, as the checker reads it. All times are milliseconds of the one clock of the run. A target is
 * as its owner, sender or device names it; a conversation is as `conversationOf` names it.
 */
import type { Target } from './target.ts'

export type Answer = { at: number } & (
  | { kind: 'stored'; id: number; seq: number; createdAt: number; isDuplicate: boolean }
  | { kind: 'refused'; reason: string; isRetryable: boolean }
)

/** One time that a frame was sent. */
export interface Attempt {
  at: number
  device: string
  /** The first answer after it; absent when none came before the next attempt. */
  answeredAt?: number
  isRefused?: boolean
  /** Its connection ended before an answer. */
  isCut?: boolean
}

/** A message that a client sent, perhaps more than once. */
export interface Sent {
  /** Unique in the run. */
  content: string
  from: number
  to: Target
  clientMessageId?: string
  attempts: Attempt[]
  answers: Answer[]
  /** Its sender is a friend, or a member: it has to be taken. */
  isAllowed: boolean
  /** Without an id: its connection ended, or something was refused on it, before it was sure to be taken. */
  isUncertain?: boolean
}

/** Another message under an id that was used: it has to be refused. */
export interface Probe {
  content: string
  from: number
  to: Target
  answers: Answer[]
}

/** A message as a device learnt of it. */
export interface Seen {
  at: number
  via: 'push' | 'page' | 'answer'
  target: Target
  seq: number
  id: number
  from: number
  content: string
  createdAt: number
}

export interface DeviceLog {
  name: string
  owner: number
  seen: Seen[]
  /** The numbers it had of each conversation once all was idle, before its last sync. */
  beforeLastSync: Map<Target, Set<number>>
}

/** How far somebody has read. */
export interface Mark {
  owner: number
  target: Target
  seq: number
}

/** A mark as a reply told it. */
export interface MarkSeen extends Mark {
  startedAt: number
  at: number
}

/** A friendship that ended: the last number of its conversation as a sync after the answer told it. */
export interface Ending {
  conversation: string
  lastSeq: number
}

/** While a dependency was away: frames are refused in time, or taken all the same. */
export interface Outage {
  from: number
  to: number
  frames: 'refused' | 'taken'
}

export interface Recording {
  /** Who may write in each conversation. */
  conversations: Map<string, readonly number[]>
  sent: Sent[]
  probes: Probe[]
  devices: DeviceLog[]
  marksSeen: MarkSeen[]
  /** Those that were set with success, up to the last message that the device had before it asked. */
  marked: Mark[]
  /** Those that frames told of; they may overtake each other. */
  marksTold: Mark[]
  endings: Ending[]
  /** The friend lists when all was idle. */
  unread: { owner: number; target: Target; count: number }[]
  outages: Outage[]
  /** What no client may ever meet, such as a 401 while a dependency is away. */
  offences: string[]
}

export interface StoredRow {
  id: number
  conversation: string
  seq: number
  from: number
  content: string
  createdAt: number
  clientMessageId?: string
}

/** What the database holds at the end. */
export interface Stored {
  conversations: { conversation: string; lastSeq: number }[]
  messages: StoredRow[]
  marks: { owner: number; target: Target; readSeq: number; unread: number }[]
}

export function emptyRecording(): Recording {
  return {
    conversations: new Map(),
    sent: [],
    probes: [],
    devices: [],
    marksSeen: [],
    marked: [],
    marksTold: [],
    endings: [],
    unread: [],
    outages: [],
    offences: [],
  }
}
