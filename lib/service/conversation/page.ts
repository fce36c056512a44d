/** Pages of messages: their columns, and how many bytes of them fit one response. */
import type { StoredMessage } from '../../wire/chat.ts'

/** The columns of `StoredMessage`, of a message `m`. */
export const messageColumns = [
  'm.id',
  'm.seq',
  'm.from_user_id',
  'm.to_user_id',
  'm.content',
  'm.type',
  'm.media',
  'm.created_at',
] as const

/** The byte limit of one response: below the 6 MB that a function may return. */
export const pageMaxBytes = 4 * 1024 * 1024

/** Returns a function that keeps the first of its messages, while those of all its calls together fit `bytes`. */
export function roomFor(bytes: number) {
  let left = bytes
  return <T extends StoredMessage>(messages: readonly T[]): T[] => {
    const end = messages.findIndex((message) => {
      left -= bytesOf(message)
      return left < 0
    })
    return end === -1 ? [...messages] : messages.slice(0, end)
  }
}

// A message's size in the response: its text as JSON, and at most 200 bytes of other fields.
const bytesOf = ({ content }: StoredMessage): number => Buffer.byteLength(JSON.stringify(content)) + 200
