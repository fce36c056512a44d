/** What messages show of themselves in answers, and how many of them one answer may hold. */
import type { StoredMessage } from '../../wire/chat.ts'

/** What a stored message shows of its row `m`: the columns of `StoredMessage`. */
export const shown = [
  'm.id',
  'm.seq',
  'm.from_user_id',
  'm.to_user_id',
  'm.content',
  'm.type',
  'm.media',
  'm.created_at',
] as const

/** What one answer may hold, in bytes: below the 6 MB that a function may return, and a bound on what is read for it. */
export const pageMaxBytes = 4 * 1024 * 1024

/** A function that takes the first of the messages it is given, while all that it ever took fit into `bytes`. */
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

// What a message takes in the answer: its text as JSON, and the fields around it.
const bytesOf = ({ content }: StoredMessage): number => Buffer.byteLength(JSON.stringify(content)) + 200
