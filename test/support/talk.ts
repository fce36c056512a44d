/** A conversation of ada and bob, of either kind: tests of what holds for both are written once. */
import { afterEach, beforeEach, expect } from 'vitest'
import { history, type Target } from './chat.ts'
import { act, befriend, friendOf } from './friend.ts'
import { myGroup } from './group.ts'
import { ok } from './http.ts'
import { newcomers, type Person } from './people.ts'
import { databaseUrl, type Group, groupOf, leave } from './written-group.ts'

/** What a list shows of a conversation. */
export type State = Record<string, unknown>

export interface Talk {
  ada: Person
  bob: Person
  /** Somebody who has no part in it. */
  eve: Person
  /** What frames of one of them name: the other one, or the group. */
  targetOf(speaker: Person): Target
  /** What it shows one of them: `last_seq`, `content`, `last_message_time`, `read_seq`, `unread_count`. */
  stateOf(reader: Person): Promise<State>
  /** Nobody may write to the other any more. */
  end(): Promise<void>
}

interface Kind {
  kind: string
  /** Why a message of somebody who has no part in it is refused. */
  refusal: string
  /** Of the two conversations of ada and bob, the one under test. `group` is absent where the database is out of reach. */
  choose(ada: Person, bob: Person, group?: Group): Pick<Talk, 'targetOf' | 'stateOf' | 'end'>
}

const pair: Kind = {
  kind: 'two friends',
  refusal: 'NOT_FRIENDS',
  choose(ada, bob) {
    const targetOf = (speaker: Person) => (speaker === ada ? bob : ada)
    return {
      targetOf,
      stateOf: (reader) => friendOf(reader, targetOf(reader)),
      end: async () => void ok(await act(bob, 'block', ada)),
    }
  },
}

const group: Kind = {
  kind: 'a group',
  refusal: 'NOT_MEMBER',
  choose(ada, _bob, group) {
    if (!group) throw new Error('there is no group')
    return { targetOf: () => group, stateOf: (reader) => myGroup(reader, group), end: () => leave(group, ada) }
  },
}

/** Both kinds of conversations, for `describe.each`; of a service whose database is out of reach the one that needs no rows. */
export const kinds: Kind[] = databaseUrl ? [pair, group] : [pair]

/**
 * A conversation that each test after it finds open, between people of its own: they are friends, and members of a group that
 * has the id of bob.
 *
 * What is said in the one does not come to the other: looked at after each test.
 */
export function openTalk({ choose }: Kind): Talk {
  const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
  let other: Target | undefined
  const talk: Talk = {
    ada,
    bob,
    eve,
    targetOf: () => ({ id: 0 }),
    stateOf: async () => ({}),
    end: async () => {},
  }
  beforeEach(async () => {
    await befriend(ada, bob)
    const group = databaseUrl ? await groupOf(bob, ada) : undefined
    Object.assign(talk, choose(ada, bob, group))
    other = talk.targetOf(ada).chat_type ? bob : group
  })
  afterEach(async () => {
    if (other) expect(await history(ada, other)).toEqual([])
  })
  return talk
}
