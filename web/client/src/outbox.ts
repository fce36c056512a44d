/** Messages that have no answer yet. */
import { ChatError } from './errors.ts'
import type { Target } from './frame.ts'
import type { ChangeMessage, ClientFrame } from './wire.ts'

export interface Entry extends Required<Target> {
  client_msg_id: string
  /** Of a change: the new text, or the emoji; empty if there is none. */
  content: string
  media: number
  reply_to?: number
  mentions?: number[]
  /** It changes a message. */
  change?: { seq: number; action: ChangeMessage['action'] }
  /** The application's own, kept with the message and never sent. */
  note?: unknown
}

/** Where they wait. What is added first comes first. */
export interface Outbox {
  add(entry: Entry): Promise<void>
  all(): Promise<Entry[]>
  remove(clientMessageId: string): Promise<void>
}

export function memoryOutbox(): Outbox {
  const entries = new Map<string, Entry>()
  return {
    add: async (entry) => void entries.set(entry.client_msg_id, entry),
    all: async () => [...entries.values()],
    remove: async (id) => void entries.delete(id),
  }
}

const contentMaxBytes = 16 * 1_024
// A larger one closes the socket.
const frameMaxBytes = 32 * 1_024

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/** @throws ChatError BAD_FRAME, TOO_LARGE - what the service would refuse, or close the socket for. */
export function checkEntry(entry: Entry): void {
  const { content, target_id, change } = entry
  if ((content === '' && (!change || change.action === 'edit')) || !isWellFormed(content))
    throw new ChatError('BAD_FRAME', { message: 'content' })
  if (!Number.isSafeInteger(target_id) || target_id < 1) throw new ChatError('BAD_FRAME', { message: 'target_id' })
  if (bytesOf(content) > contentMaxBytes || bytesOf(JSON.stringify(frameOf(entry))) > frameMaxBytes)
    throw new ChatError('TOO_LARGE')
}

/** Without half a pair of surrogates, which UTF-8 cannot say. */
function isWellFormed(text: string): boolean {
  try {
    encodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** An id that nobody else has. `randomUUID` is missing on pages without TLS. */
export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** The message as it is sent. */
export function frameOf({ chat_type, target_id, content, media, client_msg_id, ...more }: Entry): ClientFrame {
  const { change, reply_to, mentions } = more
  if (change) return { type: 11, target_id, chat_type, ...change, ...(content && { content }), client_msg_id }
  return {
    ...{ type: chat_type, target_id, content, media, client_msg_id },
    ...(reply_to && { reply_to }),
    ...(mentions && { mentions }),
  }
}
