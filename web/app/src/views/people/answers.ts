/** What was answered here, ahead of the service: an answer is shown at once, and taken back when it fails. */
import type { FriendRequest } from '../../model/state.ts'

export interface Answer {
  request: FriendRequest
  accepts: boolean
  state: 'busy' | 'done' | 'failed'
  failure?: unknown
}

export type Answers = ReadonlyMap<number, Answer>

/** A request that is shown, with the answer if it has one. */
export interface Row {
  request: FriendRequest
  answer: Answer | undefined
}

/**
 * The newest first. What was accepted stays, with its way on; what was declined goes at once; what failed stays for another
 * attempt, even where the service does not list it any more.
 */
export function rowsOf(waiting: readonly FriendRequest[], answers: Answers): Row[] {
  const answered = [...answers.values()].map(({ request }) => request)
  const all = new Map([...answered, ...waiting].map((request) => [request.id, request]))
  return [...all.values()]
    .map((request) => ({ request, answer: answers.get(request.id) }))
    .filter(({ answer }) => !answer || answer.accepts || answer.state === 'failed')
    .sort((one, other) => other.request.id - one.request.id)
}

export const withAnswer = (answers: Answers, answer: Answer): Answers => new Map(answers).set(answer.request.id, answer)
