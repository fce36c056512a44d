/** What changes make of messages. */
import { describe, expect, it } from 'vitest'
import { changed } from '../../src/changes.ts'
import type { Message } from '../../src/frame.ts'

const place = { target_id: 7, chat_type: 2 as const, media: 1, created_at: 1 }
const said: Message = { ...place, id: 1, seq: 1, from_id: 3, content: 'Te?' }
const event = (seq: number, change: Message['change'], content = '', from_id = 3): Message => ({
  ...place,
  id: seq,
  seq,
  from_id,
  content,
  ...(change && { change }),
})
const state = { edited: true, recalled: false, reactions: [], changed_seq: 2 }

describe('a message', () => {
  it('is as the service says that a change has left it', () => {
    const told = event(2, { seq: 1, action: 'edit', message: { content: 'Tea?', media: 1, ...state } }, 'edited')
    expect(changed(said, told)).toEqual({ ...said, content: 'Tea?', state })
  })

  it('is as the user’s own changes leave it, which the service does not tell back', () => {
    const edited = changed(said, event(2, { seq: 1, action: 'edit' }, 'Tea?'))
    expect(edited).toEqual({ ...said, content: 'Tea?', state })
    const liked = changed(edited, event(3, { seq: 1, action: 'react' }, '🍵'))
    expect(liked.state).toMatchObject({ edited: true, reactions: [{ emoji: '🍵', user_ids: [3] }], changed_seq: 3 })
    const other = changed(liked, event(4, { seq: 1, action: 'react' }, '👍'))
    expect(other.state?.reactions).toEqual([{ emoji: '👍', user_ids: [3] }])
    expect(changed(other, event(5, { seq: 1, action: 'react' })).state?.reactions).toEqual([])
    expect(changed(other, event(6, { seq: 1, action: 'recall' }))).toMatchObject({
      content: '',
      state: { recalled: true },
    })
  })

  it('keeps what others feel', () => {
    const known = { ...said, state: { ...state, reactions: [{ emoji: '👍', user_ids: [5] }] } }
    const both = changed(known, event(3, { seq: 1, action: 'react' }, '👍'))
    expect(both.state?.reactions).toEqual([{ emoji: '👍', user_ids: [5, 3] }])
    expect(changed(both, event(4, { seq: 1, action: 'react' })).state?.reactions).toEqual([
      { emoji: '👍', user_ids: [5] },
    ])
  })

  it('is not changed by what is about another one, or older than what is known', () => {
    const newer = { ...said, state: { ...state, changed_seq: 9 } }
    for (const [message, told] of [
      [said, event(2, undefined, 'hello')],
      [said, event(2, { seq: 3, action: 'recall' })],
      [said, { ...event(2, { seq: 1, action: 'recall' }), target_id: 8 }],
      [said, { ...event(2, { seq: 1, action: 'recall' }), chat_type: 3 }],
      [newer, event(2, { seq: 1, action: 'recall' })],
      [newer, event(2, { seq: 1, action: 'edit', message: { content: 'old', media: 1, ...state } })],
    ] as [Message, Message][]) {
      expect(changed(message, told)).toBe(message)
    }
  })
})
