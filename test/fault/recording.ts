/**
 * What clients did and saw, as the checker reads it. All times are milliseconds of one clock. A target is named
 * as its owner, sender or device sees it; a conversation is named by `conversationOf`.
 */
import type { Target } from './target.ts'

export type Answer = { at: number } & (
  | { kind: 'stored'; id: number; seq: number; createdAt: number; isDuplicate: boolean }
  | { kind: 'refused'; reason: string; isRetryable: boolean }
)

/** One sending of a frame. */
export interface Attempt {
  at: number
  device: string
  /** The first answer after it; absent when none came before the next attempt. */
  answeredAt?: number
  isRefused?: boolean
  /** Its connection ended before the answer came. */
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
  /** Its sender is a friend or a member, so it must be stored; otherwise it must be refused. */
  isAllowed: boolean
  /** Sent without an id, on a connection that ended or got a refusal soon after: it may or may not be stored. */
  isUncertain?: boolean
}

/** Another message under an id that was used before; it must be refused. */
export interface Probe {
  content: string
  from: number
  to: Target
  answers: Answer[]
}

/** A message as a device learnt of it. */
export interface Seen {
  at: number
  /** The first three as it passed, the others as the library gave it to the application. */
  via: 'push' | 'page' | 'answer' | 'event' | 'promise'
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
  /** How often it was connected. */
  connects: number
  /** The furthest read mark of each friend: as it was told, and as the library gave it to the application. */
  marksTold: Map<Target, number>
  marksGiven: Map<Target, number>
  /** The seqs that its application had of each target once everything was idle, before its last sync. */
  beforeLastSync: Map<Target, Set<number>>
}

/** How far somebody has read. */
export interface Mark {
  owner: number
  target: Target
  seq: number
}

/** A mark in a reply, and when the request began and the reply came. */
export interface MarkSeen extends Mark {
  startedAt: number
  at: number
}

/** A friendship that ended, and the `last_seq` that a sync gave after that. */
export interface Ending {
  conversation: string
  lastSeq: number
}

/** The time while a dependency was away. Frames must be refused in time, or taken all the same. */
export interface Outage {
  from: number
  to: number
  frames: 'refused' | 'taken'
}

/** A file that somebody has put, or only announced. */
export interface FileLog {
  /** As messages name it. */
  address: string
  owner: number
  /** Of its bytes; undefined when they were never put. */
  hash: string | undefined
  fetched: Fetched[]
}

/** Somebody has asked for a file. */
export interface Fetched {
  /** 0 for anybody, without an account. */
  by: number
  /** Once everything was idle. */
  isLast: boolean
  /** `failed`: nothing was said of the file. */
  kind: 'bytes' | 'refused' | 'failed'
  /** The hash of the bytes, or the reason. */
  detail: string
}

export interface Recording {
  /** Who may write in each conversation. */
  conversations: Map<string, readonly number[]>
  sent: Sent[]
  probes: Probe[]
  devices: DeviceLog[]
  marksSeen: MarkSeen[]
  /** Mark-reads that were confirmed or are the library's to repeat, each with the last seq that the device had before. */
  marked: Mark[]
  /** Marks in type 6 frames, which may overtake each other. */
  marksTold: Mark[]
  endings: Ending[]
  files: FileLog[]
  /** Counts of the friend lists once everything was idle. */
  unread: { owner: number; target: Target; count: number }[]
  outages: Outage[]
  /** Events that must never happen, such as a 401 while a dependency is away. */
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
  /** Which messages give which files, by the paths of their addresses. */
  links: { conversation: string; seq: number; path: string }[]
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
    files: [],
    unread: [],
    outages: [],
    offences: [],
  }
}
