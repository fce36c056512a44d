/** One's own messages that have no place yet: those in the outbox, and those that were refused. */
import { ChatError, type Entry, type Message, newId } from 'gochat-client'
import { isNumber, isObject, isText, keep, kept, onKept } from './kept.ts'
import { keyOf, useApp } from './state.ts'

/** What is kept with a message in the outbox. */
interface Note {
  /** Its key in the conversation. */
  key: string
  /** When it was written, by this browser's clock. */
  at: number
  /** The last message of the conversation when it was written: its place is after that. */
  afterSeq: number
}

export interface Outgoing {
  entry: Entry
  note: Note
  /** The outbox has it. */
  isKept?: boolean
  /** Why it was refused. */
  reason?: string
  /** It is stored there, and its row has not come yet. */
  stored?: Message
  /** A row that came without its id, and is the same: it counts as this one until the answer says otherwise. */
  guess?: number
}

interface Failed {
  user_id: number
  entry: Entry
  reason: string
}

const failedName = 'failed'
const mostFailed = 100
const mostAnswered = 1_000

const byConversation = new Map<string, Outgoing[]>()
/** Ids that have their answer: other tabs may tell of them late. */
const answered = new Set<string>()

let whenChanged: (key: string) => void = () => {}

/** Names who is told of the conversations whose messages have changed. */
export function onOutgoing(listener: (key: string) => void): void {
  whenChanged = listener
}

export const outgoingOf = (key: string): readonly Outgoing[] => byConversation.get(key) ?? []

export const newEntry = (
  { target_id, chat_type }: Pick<Entry, 'target_id' | 'chat_type'>,
  said: Pick<Entry, 'content' | 'media' | 'reply_to' | 'mentions'>,
  note: { key?: string; at: number; afterSeq: number },
): Entry => {
  const client_msg_id = newId()
  return { target_id, chat_type, ...said, client_msg_id, note: { key: client_msg_id, ...note } satisfies Note }
}

/** Shows a message that waits in the outbox. One that was refused, and is sent again, keeps its key. */
export function queue(entry: Entry): void {
  const key = keyOf(entry.target_id, entry.chat_type)
  const all = byConversation.get(key) ?? []
  if (answered.has(entry.client_msg_id) || all.some((one) => one.entry.client_msg_id === entry.client_msg_id)) return
  const note = noteOf(entry)
  byConversation.set(key, [...all.filter((one) => one.note.key !== note.key), { entry, note }])
  whenChanged(key)
}

/** The outbox has it: if it was refused before, that is over. */
export function queued(entry: Entry): void {
  queue(entry)
  markKept(entry)
  const { key } = noteOf(entry)
  const failed = readFailed()
  const others = failed.filter((one) => noteOf(one.entry).key !== key)
  if (others.length < failed.length) writeFailed(others)
}

/** Those that are shown as waiting in the outbox. */
export function keptIds(): Set<string> {
  const waiting = [...byConversation.values()].flat().filter((one) => one.isKept && isWaiting(one))
  return new Set(waiting.map(({ entry }) => entry.client_msg_id))
}

/** What the outbox holds. Of those that it held `before`, and holds no more, an answer has come that this tab did not hear. */
export function learnWaiting(entries: readonly Entry[], before: ReadonlySet<string>): void {
  for (const entry of entries) {
    queue(entry)
    markKept(entry)
  }
  const ids = new Set(entries.map(({ client_msg_id }) => client_msg_id))
  const isGone = (id: string) => before.has(id) && !ids.has(id)
  for (const key of byConversation.keys()) drop(key, (one) => isWaiting(one) && isGone(one.entry.client_msg_id))
  readRefused()
}

const isWaiting = ({ stored, reason }: Outgoing): boolean => !stored && reason === undefined

function markKept({ target_id, chat_type, client_msg_id }: Entry): void {
  const all = outgoingOf(keyOf(target_id, chat_type))
  for (const one of all) if (one.entry.client_msg_id === client_msg_id) one.isKept = true
}

/** Takes an answer. @returns the key of the message, if it was shown. */
export function settle(entry: Entry, answer: Message | ChatError): string {
  const key = keyOf(entry.target_id, entry.chat_type)
  const note = noteOf(entry)
  remember(entry.client_msg_id)
  const all = byConversation.get(key) ?? []
  const found = all.find((one) => one.entry.client_msg_id === entry.client_msg_id) ?? { entry, note }
  if (!(answer instanceof ChatError)) replace(key, found, { entry, note, stored: answer })
  // It was refused while a copy was still under way. A change that is refused is taken back.
  else if (found.guess !== undefined || entry.change) drop(key, (one) => one === found)
  else {
    const others = readFailed().filter((one) => noteOf(one.entry).key !== note.key)
    writeFailed([...others, failedOf(entry, answer.reason)])
    replace(key, found, { entry, note, reason: answer.reason })
  }
  return note.key
}

/** Takes a message off the list: it has its row, or is not wanted any more. */
export function drop(key: string, which: (one: Outgoing) => boolean): void {
  const all = outgoingOf(key)
  const gone = all.filter(which)
  if (gone.length === 0) return
  byConversation.set(
    key,
    all.filter((one) => !which(one)),
  )
  const ids = new Set(gone.filter(({ reason }) => reason).map(({ entry }) => entry.client_msg_id))
  if (ids.size > 0) writeFailed(readFailed().filter(({ entry }) => !ids.has(entry.client_msg_id)))
  whenChanged(key)
}

/**
 * Rows of one's own, asked for by the seq that they come after, may be messages that wait, or such that were refused while a copy was
 * still under way: by the id if the row has one, else by the words.
 */
export function guess(key: string, rowsAfter: (seq: number) => readonly Message[]): void {
  const all = outgoingOf(key).filter(({ stored, entry }) => !stored && !entry.change)
  const open = all.filter((one) => one.guess === undefined)
  if (open.length === 0) return
  const taken = new Set(all.map((one) => one.guess))
  for (const row of rowsAfter(Math.min(...open.map(({ note }) => note.afterSeq)))) {
    const same = taken.has(row.seq) ? [] : open.filter((one) => one.guess === undefined && isSame(one, row))
    const one = same.find(isWaiting) ?? same[0]
    if (one) one.guess = row.seq
  }
  drop(key, (one) => one.guess !== undefined && one.reason !== undefined)
}

const isSame = ({ entry, note }: Outgoing, { client_msg_id, content, media, seq }: Message): boolean =>
  client_msg_id === undefined
    ? entry.content === content && entry.media === media && seq > note.afterSeq
    : entry.client_msg_id === client_msg_id

/** Shows what was refused before this page was loaded, and what another tab takes away. */
export function readRefused(): void {
  const failed = readFailed()
  const ids = new Set(failed.map(({ entry }) => entry.client_msg_id))
  for (const key of byConversation.keys())
    drop(key, ({ entry, reason }) => reason !== undefined && !ids.has(entry.client_msg_id))
  for (const { entry, reason } of failed) {
    const key = keyOf(entry.target_id, entry.chat_type)
    const note = noteOf(entry)
    if (outgoingOf(key).some((one) => one.note.key === note.key)) continue
    byConversation.set(key, [...outgoingOf(key), { entry, note, reason }])
    whenChanged(key)
  }
}

export const followRefused = (): void => onKept(failedName, readRefused)

/** Forgets everything in memory. */
export function forgetOutgoing(): void {
  byConversation.clear()
  answered.clear()
}

/** Forgets what this browser keeps of the person who is signed in. */
export const forgetRefused = (): void => writeFailed([])

function replace(key: string, old: Outgoing, next: Outgoing): void {
  const all = outgoingOf(key)
  const at = all.findIndex((one) => one.entry.client_msg_id === old.entry.client_msg_id)
  byConversation.set(key, at < 0 ? [...all, next] : all.with(at, next))
  whenChanged(key)
}

function remember(id: string): void {
  answered.add(id)
  const [oldest] = answered
  if (answered.size > mostAnswered && oldest) answered.delete(oldest)
}

function noteOf({ note, client_msg_id }: Entry): Note {
  const given: Partial<Note> = isObject(note) ? note : {}
  const { key = client_msg_id, at = Date.now(), afterSeq = Number.MAX_SAFE_INTEGER } = given
  return { key, at, afterSeq }
}

const failedOf = (entry: Entry, reason: string): Failed => ({
  user_id: useApp.getState().session?.user_id ?? 0,
  entry,
  reason,
})

const areNumbers = (value: unknown): boolean => Array.isArray(value) && value.every(isNumber)

const isFailed = (value: unknown): value is Failed =>
  isObject(value) &&
  isNumber(value.user_id) &&
  isText(value.reason) &&
  isObject(value.entry) &&
  isText(value.entry.client_msg_id) &&
  isText(value.entry.content) &&
  isNumber(value.entry.target_id) &&
  isNumber(value.entry.chat_type) &&
  isNumber(value.entry.media) &&
  (value.entry.reply_to === undefined || isNumber(value.entry.reply_to)) &&
  (value.entry.mentions === undefined || areNumbers(value.entry.mentions))

const areFailed = (value: unknown): value is Failed[] => Array.isArray(value) && value.every(isFailed)

/** Of all who use this browser. */
const allFailed = (): Failed[] => kept(failedName, areFailed) ?? []
const isOwn = ({ user_id }: Failed): boolean => user_id === useApp.getState().session?.user_id
const readFailed = (): Failed[] => allFailed().filter(isOwn)

function writeFailed(own: readonly Failed[]): void {
  const all = [...allFailed().filter((one) => !isOwn(one)), ...own]
  keep(failedName, all.length > 0 ? all.slice(-mostFailed) : undefined)
}
