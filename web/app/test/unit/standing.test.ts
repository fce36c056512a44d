/** What can be done with somebody who was found depends on how they stand to the one who looks. */
import { describe, expect, it } from 'vitest'
import type { Conversation, FriendRequest } from '../../src/model/state.ts'
import { shownName, standingOf } from '../../src/views/people/standing.ts'

const nobody = { ownId: 1, conversations: {}, requests: [], isBlocked: () => false, asked: new Set<number>() }
const withFriend = (isOpen: boolean) => ({ '2:7': { isOpen } as Conversation })
const requests = [{ sender_id: 7 } as FriendRequest]

describe('how somebody stands', () => {
  it('is a stranger to begin with', () => expect(standingOf(7, nobody)).toBe('stranger'))

  it('is oneself, before all else', () => {
    expect(standingOf(1, { ...nobody, isBlocked: () => true })).toBe('self')
  })

  it('is a friend for as long as the friendship lasts', () => {
    expect(standingOf(7, { ...nobody, conversations: withFriend(true) })).toBe('friend')
    expect(standingOf(7, { ...nobody, conversations: withFriend(false) })).toBe('stranger')
    // A group may have the same id.
    expect(standingOf(7, { ...nobody, conversations: { '3:7': { isOpen: true } as Conversation } })).toBe('stranger')
  })

  it('is blocked, whatever was asked', () => {
    const known = { ...nobody, isBlocked: (id: number) => id === 7, requests, asked: new Set([7]) }
    expect(standingOf(7, known)).toBe('blocked')
    expect(standingOf(8, known)).toBe('stranger')
  })

  it('is one who asks, or was asked', () => {
    expect(standingOf(7, { ...nobody, requests, asked: new Set([7]) })).toBe('asks')
    expect(standingOf(7, { ...nobody, asked: new Set([7]) })).toBe('asked')
  })
})

it('a person is called by the nickname, else by the username', () => {
  expect(shownName({ nickname: 'Ada', username: 'ada' })).toBe('Ada')
  expect(shownName({ nickname: ' ', username: 'ada' })).toBe('ada')
})
