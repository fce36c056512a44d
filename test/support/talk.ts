/** A conversation of ada and bob, of either kind: what holds for both is tested once. */
import { afterEach, type beforeAll, type beforeEach, expect } from 'vitest'
import { patienceMs } from './address.ts'
import { isMessage, missed, placeOf, say, type Target } from './chat.ts'
import { act, befriend, friendOf } from './friend.ts'
import { databaseUrl, groupOf, leave } from './group.ts'
import { ok } from './http.ts'
import { newcomers, type Person } from './people.ts'
import type { Friend } from './shape.ts'
import { arrived, connect, type Frame, ofType } from './socket.ts'

export interface Talk {
  ada: Person
  bob: Person
  /** What bob names as his target, to speak to ada: her, or the group. */
  toAda: Target
  /** What ada names. */
  toBob: Target
  /** The same in the conversation of the other kind: under the same ids, and nothing but what was said there before. */
  elsewhere: Elsewhere
  /** How far the conversation and its reader have got. */
  stateOf(reader: Person): Promise<State>
  /** Reads all there is. */
  markRead(reader: Person): Promise<void>
  /** From now on neither ada nor bob may write. */
  end(): Promise<void>
}

type Elsewhere = Pick<Talk, 'toAda' | 'toBob'>
type State = Pick<Friend, 'unread_count' | 'read_seq' | 'last_seq' | 'content' | 'last_message_time'>
type Before = typeof beforeAll | typeof beforeEach

const pair = { kind: 'two friends', isGroup: false, refusal: 'NOT_FRIENDS', talk: talkOfFriends }
const group = { kind: 'a group', isGroup: true, refusal: 'NOT_MEMBER', talk: talkOfGroup }

if (!databaseUrl) console.warn('Nothing is tested in groups: without MYSQL_URL there are none.')

/** Both kinds of conversations, for `describe.each`. A run that was not given the database can make no groups. */
export const kinds = databaseUrl ? [pair, group] : [pair]

/** Ada and bob talk to each other. There is a group of the two with ada's id, in which nothing must happen. */
function talkOfFriends(before: Before): Talk {
  const { ada, bob, group } = people(before)
  const elsewhere = { toAda: group, toBob: group }
  keepsUntouched(before, { ada, bob, elsewhere })
  return {
    ada,
    bob,
    toAda: ada,
    toBob: bob,
    elsewhere,
    stateOf: async (reader) => {
      const other = reader === ada ? bob : ada
      const friend = await friendOf(reader, other)
      const { last_seq, read_seq, peer_read_seq } = friend
      expect(await missed(reader, other, last_seq)).toMatchObject({ last_seq, read_seq, peer_read_seq, messages: [] })
      return friend
    },
    markRead: async (reader) => ok(await act(reader, 'mark-read', reader === ada ? bob : ada)),
    end: async () => ok(await act(bob, 'block', ada)),
  }
}

/** Ada and bob talk in a group that has the id of ada. They are friends, too, and between the two nothing must happen. */
function talkOfGroup(before: Before): Talk {
  const { ada, bob, group } = people(before)
  const elsewhere = { toAda: ada, toBob: bob }
  keepsUntouched(before, { ada, bob, elsewhere })
  return {
    ada,
    bob,
    toAda: group,
    toBob: group,
    elsewhere,
    // No route lists groups yet: what a list would say is worked out from what sync gives.
    stateOf: async (reader) => {
      const { messages, last_seq, read_seq, has_more } = await missed(reader, group, 0, 200)
      expect(has_more).toBe(false)
      const unread = messages.filter(({ seq, from_user_id }) => seq > read_seq && from_user_id !== reader.id)
      const { content = '', created_at: last_message_time = 0 } = messages.at(-1) ?? {}
      return { unread_count: unread.length, read_seq, last_seq, content, last_message_time }
    },
    // No route marks a group as read yet: a frame does.
    markRead: async (reader) => {
      const { last_seq } = await missed(reader, group)
      const socket = await connect({ token: reader.token })
      socket.send({ type: 6, ...placeOf(group), seq: last_seq })
      const reached = async () => (await missed(reader, group)).read_seq
      await expect.poll(reached, { timeout: patienceMs, interval: 20 }).toBeGreaterThanOrEqual(last_seq)
      await socket.close()
    },
    end: async () => {
      await Promise.all([leave(group, ada), leave(group, bob)])
    },
  }
}

/** Ada and bob, who are friends and the members of a group that has the id of ada. */
function people(before: Before) {
  const { ada, bob } = newcomers(before, 'ada', 'bob')
  const group: Target = { id: 0, chat_type: 3 }
  before(async () => {
    await befriend(ada, bob)
    if (databaseUrl) group.id = (await groupOf(ada, bob)).id
  })
  return { ada, bob, group }
}

/** What was said elsewhere. */
const said = 'elsewhere'

/**
 * Has bob say something in the other conversation of the two, and asserts after each test that nothing has come of it, nor
 * to it: no message, no mark, no frame.
 */
function keepsUntouched(before: Before, { ada, bob, elsewhere }: Pick<Talk, 'ada' | 'bob' | 'elsewhere'>): void {
  if (!databaseUrl) return
  let id: unknown
  before(async () => {
    const socket = await connect({ token: bob.token })
    id = (await say(socket, elsewhere.toAda, said)).id
    await socket.close()
  })
  const isOfElsewhere = (frame: Frame): boolean => {
    const isOfKind = isMessage(frame)
      ? frame.type === (elsewhere.toBob.chat_type ?? 2)
      : ofType(6, 7)(frame) && frame.chat_type === elsewhere.toBob.chat_type
    // Signs of typing name no target between friends.
    const named = [frame.target_id, frame.from_id].filter((user) => user !== undefined)
    const isOfPlace = elsewhere.toBob.chat_type
      ? frame.target_id === elsewhere.toBob.id
      : named.every((user) => user === ada.id || user === bob.id)
    return isOfKind && isOfPlace && frame.id !== id
  }
  afterEach(async () => {
    expect(arrived().filter(isOfElsewhere)).toEqual([])
    for (const [reader, target] of [
      [ada, elsewhere.toBob],
      [bob, elsewhere.toAda],
    ] as const) {
      expect(await missed(reader, target)).toMatchObject({
        messages: [{ id, content: said }],
        last_seq: 1,
        read_seq: 0,
      })
    }
    if (!elsewhere.toBob.chat_type) expect((await friendOf(ada, bob)).unread_count).toBe(1)
  })
}
