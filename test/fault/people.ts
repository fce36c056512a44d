/** People in a ring: everyone is friends with both neighbours, and was friends with the person after the next. */

import type { Person } from '../../infra/client/people.ts'
import { befriend, signUp } from '../../infra/client/people.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { ask } from './http.ts'
import { conversationOf } from './recording.ts'

/** Signs people up and makes neighbours friends. @returns the people, and the pairs of friends. */
export async function gather(base: string, count: number): Promise<{ people: Person[]; friends: [Person, Person][] }> {
  const people = await inParallel([...Array(count).keys()], 4, () => signUp(base, 'ada'))
  const friends = people.flatMap((one, index): [Person, Person][] => {
    const next = people[(index + 1) % count]
    return next ? [[one, next]] : []
  })
  for (const [one, other] of friends) await befriend(base, one, other)
  await partFromOthers(base, people)
  return { people, friends }
}

// Only the friendship, not the conversation, is missing now.
async function partFromOthers(base: string, people: readonly Person[]): Promise<void> {
  const parted = new Set<string>()
  for (const [index, one] of people.entries()) {
    const other = people[(index + 2) % people.length]
    if (!other || parted.has(conversationOf(one.id, other.id))) continue
    parted.add(conversationOf(one.id, other.id))
    await befriend(base, one, other)
    await ask(base, 'POST', '/api/friend/delete', one.token, { target_id: other.id })
  }
}
