/**
 * People in a ring: everyone is friends with both neighbours, and was friends with the person after the next. Beside the
 * ring there are three groups of five neighbours, each with the id of its first member.
 */
import type { Person as Client } from '../../infra/client/people.ts'
import { befriend, signUp } from '../../infra/client/people.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { groupIn } from '../support/written-group.ts'
import { ask } from './http.ts'
import { conversationOf, groupTarget, type Target, userTarget } from './target.ts'

export interface Person extends Client {
  /** Where this person may write. */
  targets: Target[]
  /** Where not: a former friend, or a group of others that has the id of a friend. */
  closed: Target[]
}

const groups = 3
const groupSize = 5

/** Signs people up and brings them together. */
export async function gather(base: string, mysqlUrl: string, count: number): Promise<Person[]> {
  if (count <= groupSize) throw new Error(`${count} people are too few: somebody has to be outside of each group`)
  const clients = await inParallel([...Array(count).keys()], 4, () => signUp(base, 'ada'))
  const people = clients.map((client): Person => ({ ...client, targets: [], closed: [] }))
  const ring = [...people, ...people]
  for (const [index, one] of people.entries()) {
    const [next, afterNext] = ring.slice(index + 1)
    if (next) await join(base, one, next)
    if (afterNext) await part(base, one, afterNext)
  }
  for (let group = 0; group < groups; group++) {
    const first = Math.floor((group * count) / groups)
    const members = ring.slice(first, first + groupSize)
    const target = groupTarget((await groupIn(mysqlUrl, members)).id)
    for (const { targets } of members) targets.push(target)
    ring[first + count - 1]?.closed.push(target)
  }
  return people
}

async function join(base: string, one: Person, other: Person): Promise<void> {
  await befriend(base, one, other)
  one.targets.push(userTarget(other.id))
  other.targets.push(userTarget(one.id))
}

/** Who may write in each conversation. */
export function membersOf(people: readonly Person[]): Map<string, number[]> {
  const places = people.flatMap(({ id, targets }) =>
    targets.map((target) => ({ id, place: conversationOf(id, target) })),
  )
  const byPlace = Map.groupBy(places, ({ place }) => place)
  return new Map([...byPlace].map(([place, found]) => [place, found.map(({ id }) => id)]))
}

// The two keep their conversation, but are not friends any longer.
async function part(base: string, one: Person, other: Person): Promise<void> {
  await befriend(base, one, other)
  await ask(base, 'POST', '/api/friend/delete', one.token, { target_id: other.id })
  one.closed.push(userTarget(other.id))
}
