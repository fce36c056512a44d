/** A conversation of ada and bob, of either kind: tests of what holds for both are written once. */
import { afterEach, beforeEach, expect } from 'vitest'
import { history, type Target } from './chat.ts'
import { act, befriend, friendOf } from './friend.ts'
import { databaseUrl, type Group, groupOf, groupRowOf, leave } from './group.ts'
import { ok } from './http.ts'
import { newcomers, type Person } from './people.ts'

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
  open(ada: Person, bob: Person): Promise<Pick<Talk, 'targetOf' | 'stateOf' | 'end'>>
}

const pair: Kind = {
  kind: 'two friends',
  refusal: 'NOT_FRIENDS',
  async open(ada, bob) {
    const targetOf = (speaker: Person) => (speaker === ada ? bob : ada)
    await befriend(ada, bob)
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
  async open(ada, bob) {
    // Whose friend one is and in which group of the friend's id are two things: nothing may pass from one to the other.
    await befriend(ada, bob)
    const group: Group = await groupOf(bob, ada)
    return { targetOf: () => group, stateOf: (reader) => groupRowOf(reader, group), end: () => leave(group, ada) }
  },
}

/** Both kinds of conversations, for `describe.each`; of a service whose database is out of reach the one that needs no rows. */
export const kinds: Kind[] = databaseUrl ? [pair, group] : [pair]

/**
 * A conversation that each test after it finds open, between people of its own.
 *
 * What is said in a group does not come to its members as friends: looked at after each test.
 */
export function openTalk({ open }: Kind): Talk {
  const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
  const talk: Talk = {
    ada,
    bob,
    eve,
    targetOf: () => ({ id: 0 }),
    stateOf: async () => ({}),
    end: async () => {},
  }
  beforeEach(async () => {
    Object.assign(talk, await open(ada, bob))
  })
  afterEach(async () => {
    if (talk.targetOf(ada).chat_type) expect(await history(bob, ada)).toEqual([])
  })
  return talk
}
