/** The order of one conversation. */
import { expect, it } from 'vitest'
import { Conversation } from '../../src/conversation.ts'
import type { Message } from '../../src/index.ts'
import { seqsOf } from '../application.ts'

const target = { target_id: 2, chat_type: 3 as const }
const message = (seq: number): Message => ({
  ...target,
  id: seq,
  seq,
  from_id: 7,
  content: '',
  media: 1,
  created_at: 5,
})

it('what a page leaves out is not waited for: a member of a group sees what was said since joining', () => {
  const conversation = new Conversation(target, 0)
  expect(conversation.add(message(7))).toEqual([])
  expect(seqsOf(conversation.addPage([message(5), message(6)]))).toEqual([5, 6, 7])
  expect(conversation.isIncomplete).toBe(false)
})

it('a page that comes after newer messages were given brings nothing twice', () => {
  const conversation = new Conversation(target, 0)
  for (const seq of [1, 2, 4]) conversation.add(message(seq))
  expect(seqsOf(conversation.addPage([message(1), message(2), message(3)]))).toEqual([3, 4])
  expect(conversation.addPage([message(3), message(4)])).toEqual([])
})

it('where it begins is the mark, or the place before all that has come', () => {
  const conversation = new Conversation(target)
  expect([conversation.add(message(9)), conversation.add(message(8))]).toEqual([[], []])
  expect(seqsOf(conversation.begin(20))).toEqual([8, 9])
  expect(conversation.begin(3)).toEqual([])
})
