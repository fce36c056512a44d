/** GoChat's own clients: their requests and frames as documented, with no field of ours, and all that they read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import afterwards from '../fixtures/gochat/afterwards.json' with { type: 'json' }
import frames from '../fixtures/gochat/frames.json' with { type: 'json' }
import groups from '../fixtures/gochat/groups.json' with { type: 'json' }
import requests from '../fixtures/gochat/http.json' with { type: 'json' }
import { FrameStep, filled, type Memory, replay, Step } from '../support/gochat.ts'
import { password, uniqueName } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const memory: Memory = new Map(
  Object.entries({ password, 'ada.username': uniqueName('ada'), 'bob.username': uniqueName('bob') }),
)
const frameSteps = z.array(FrameStep).parse(frames)
let adasSocket: Socket
let bobsSocket: Socket

// A recording: each step follows from the one before.
describe('a client of GoChat', { shuffle: false }, () => {
  describe('over HTTP', () => {
    it.each(z.array(Step).parse(requests))('$title', (step) => replay(step, memory))
  })

  describe('over a socket', () => {
    beforeAll(async () => {
      adasSocket = await connect({ token: String(memory.get('ada.token')) })
      bobsSocket = await connect({ token: String(memory.get('bob.token')) })
    })

    it.each(frameSteps)('$title', async (step) => {
      adasSocket.send(filled(step.sends, memory))
      if (!step.reads) return
      const frame = await bobsSocket.next(ofType(2))
      expect(frame).toMatchObject(step.reads)
      expect(frame.from_id).toBe(memory.get('ada.id'))
      expect(frame.from_user_id).toBe(memory.get('ada.id'))
      expect(frame.send_time).toSatisfy(isNearNowInSeconds)
    })

    it('brings an answer of the other one', async () => {
      bobsSocket.send(filled({ target_id: '{ada.id}', content: '收到', type: 0, media: 0 }, memory))
      const frame = await adasSocket.next(ofType(2))
      expect(frame).toMatchObject({ from_id: memory.get('bob.id'), content: '收到', type: 2, media: 1 })
    })

    it('brings nothing that those clients would have to know', () => {
      for (const socket of [adasSocket, bobsSocket]) {
        expect(socket.messages.some(Array.isArray)).toBe(false)
        expect(socket.frames.filter((frame) => !ofType(2, 6, 8, 10)(frame))).toEqual([])
      }
    })
  })

  describe('afterwards', () => {
    it.each(z.array(Step).parse(afterwards))('$title', (step) => replay(step, memory))
  })

  describe('in a group', () => {
    it.each(z.array(Step).parse(groups.before))('$title', (step) => replay(step, memory))

    it.each([
      ['a text', { type: 3, target_id: '{group.id}', content: '大家好', media: 1 }],
      ['a picture', { type: 3, target_id: '{group.id}', content: 'https://example.com/cat.png', media: 2 }],
    ])('%s reaches the others, with who has sent it, and never its own connection', async (_title, sent) => {
      adasSocket.send(filled(sent, memory))
      const frame = await bobsSocket.next((one) => one.type === 3 && one.from_id !== 0)
      expect(frame).toMatchObject({ ...filled(sent, memory), from_id: memory.get('ada.id') })
      expect(frame).toMatchObject({
        nickname: expect.any(String),
        avatar: expect.any(String),
        created_at: expect.any(Number),
      })
      await adasSocket.ping()
      expect(adasSocket.frames.filter(({ type, from_id }) => type === 3 && from_id === memory.get('ada.id'))).toEqual(
        [],
      )
    })

    it.each(z.array(Step).parse(groups.after))('$title', (step) => replay(step, memory))
  })
})

function isNearNowInSeconds(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(Number(value) - Date.now() / 1000) < 120
}
