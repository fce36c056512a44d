/** A sender of the fault ring keeps its own record straight: each answer belongs to one attempt. */
import { expect, it } from 'vitest'
import type { Frame } from '../../infra/client/socket.ts'
import { seeded } from '../fault/random.ts'
import { emptyRecording } from '../fault/recording.ts'
import { Sender } from '../fault/sender.ts'
import { groupTarget } from '../fault/target.ts'

it('a message that waits for an answer is not sent again', () => {
  const frames: Frame[] = []
  const device = { name: 'ada/1', isOpen: true, send: (frame: Frame) => frames.push(frame) > 0, learn() {} }
  const recording = emptyRecording()
  const setting = { from: 1, to: groupTarget(2), devices: [device], window: 1, isAllowed: true, recording }
  const sender = new Sender({ ...setting, random: seeded(1), nextNumber: () => 'm1' })
  const answer = { type: 5, client_msg_id: 'm1', id: 1, seq: 1, created_at: 1, duplicate: false }
  sender.say(true, 0)
  sender.answered(device, 'm1', answer)
  sender.repeat()
  sender.repeat()
  expect(frames).toHaveLength(2)
  sender.answered(device, 'm1', { ...answer, duplicate: true })
  expect(recording.sent[0]?.attempts.every(({ answeredAt }) => answeredAt !== undefined)).toBe(true)
})
