/** Steps of a conversation: saying, being answered, hearing, reading back. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { call, ok } from './http.ts'
import type { Person } from './people.ts'
import { Ack, Message, Refusal, Row } from './shape.ts'
import type { Frame, Socket } from './socket.ts'
import { ofType } from './socket.ts'

/** Sends a message without waiting and returns its `client_msg_id`. */
export function send(socket: Socket, target: { id: number }, content: unknown, more: Frame = {}): string {
  const id = typeof more.client_msg_id === 'string' ? more.client_msg_id : randomUUID()
  socket.send({ type: 2, target_id: target.id, content, client_msg_id: id, ...more })
  return id
}

/** Sends a message and waits until it is stored. */
export function say(socket: Socket, target: { id: number }, content: string, more: Frame = {}): Promise<Ack> {
  return acked(socket, send(socket, target, content, more))
}

/** Sends a message that has to be refused. */
export function sayInVain(
  socket: Socket,
  target: { id: number },
  content: unknown,
  reason?: string,
  more: Frame = {},
): Promise<Refusal> {
  return refusedFrame(socket, send(socket, target, content, more), reason)
}

/** The answer to the message of this `client_msg_id`: a 5 or a 9. */
export function answer(socket: Socket, clientMsgId: string): Promise<Frame> {
  return socket.next((frame) => ofType(5, 9)(frame) && frame.client_msg_id === clientMsgId)
}

export async function acked(socket: Socket, clientMsgId: string): Promise<Ack> {
  const frame = await answer(socket, clientMsgId)
  expect(frame).toMatchObject({ type: 5 })
  return Ack.parse(frame)
}

/** A final refusal of the message of this `client_msg_id`. */
async function refusedFrame(socket: Socket, clientMsgId: string, reason?: string): Promise<Refusal> {
  const frame = await answer(socket, clientMsgId)
  expect(frame).toMatchObject({ type: 9, retryable: false, ...(reason && { reason }) })
  return Refusal.parse(frame)
}

/** The next message that a socket brings. */
export async function heard(socket: Socket): Promise<Message> {
  return Message.parse(await socket.next(ofType(2)))
}

/** The next `count` messages that a socket brings. */
export async function heardMany(socket: Socket, count: number): Promise<Message[]> {
  return z.array(Message).parse(await socket.take(count, ofType(2)))
}

/** Sends `contents` a few at a time and returns their acks. */
export async function sayAll(
  socket: Socket,
  target: { id: number },
  contents: string[],
  inFlight = 20,
): Promise<Ack[]> {
  const acks: Ack[] = []
  for (let start = 0; start < contents.length; start += inFlight) {
    const ids = contents.slice(start, start + inFlight).map((content) => send(socket, target, content))
    acks.push(...(await Promise.all(ids.map((id) => acked(socket, id)))))
  }
  return acks
}

/** What `reader` may read of the conversation with `other`. */
export async function history(reader: Person, other: { id: number }): Promise<Row[]> {
  const query = { target_id: other.id }
  return ok(await call('GET', '/api/chat/history', { token: reader.token, query }), z.array(Row))
}

/** `count` numbered texts. */
export function texts(count: number, prefix = 'message'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index + 1}`)
}

/** 1, 2, 3 … `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
