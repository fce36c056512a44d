/** Commands of an operator on dead letters. */
import type { DeadLetterCommand, DeadLetterReply } from '../../wire/dead-letter.ts'
import * as deadLetter from './dead-letter.ts'

const pageSize = 100

/** Runs a command. A record that is sent again and fails again is filed again, under a new id. */
export async function run(
  clients: Parameters<typeof deadLetter.replay>[0],
  given: DeadLetterCommand,
): Promise<DeadLetterReply> {
  if (given.command === 'list') {
    const letters = await deadLetter.list(clients, pageSize, given.after)
    return { letters: letters.map(summaryOf), newest: await deadLetter.newest(clients) }
  }
  if (given.command === 'discard') return { found: await deadLetter.discard(clients, given.id) }
  const letter = await deadLetter.find(clients, given.id)
  if (!letter) return { found: false }
  if (given.command === 'show') return { found: true, letter: fullOf(letter) }
  await deadLetter.replay(clients, letter)
  return { found: true }
}

const summaryOf = ({ id, created_at, reason, topic, partition, offset, payload }: deadLetter.DeadLetter) => ({
  id,
  created_at,
  reason,
  topic,
  partition,
  offset,
  bytes: payload.length,
})

const fullOf = (letter: deadLetter.DeadLetter) => ({
  ...summaryOf(letter),
  record_id: letter.record_id?.toString() ?? null,
  key: letter.record_key?.toString() ?? null,
  payload: letter.payload.toString(),
})
