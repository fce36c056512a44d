/** Steps of a conversation: saying, being answered, hearing, reading back. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { call, ok, type Reply } from './http.ts'
import type { Person } from './people.ts'
import { Ack, GroupAck, GroupMessage, GroupRow, Message, Refusal, Row } from './shape.ts'
import type { Frame, Socket } from './socket.ts'
import { ofType } from './socket.ts'

/** Whom or what a message is for: a user, or a group by its `chat_type`. */
export interface Target {
  id: number
  chat_type?: 3
}

/** How a frame or a query names a target. */
export const named = ({ id, chat_type }: Target) => ({ target_id: id, ...(chat_type && { chat_type }) })

/** The group of a user's id, or the user of a group's. */
export const otherKind = ({ id, chat_type }: Target): Target => (chat_type ? { id } : { id, chat_type: 3 })

/** Sends a message without waiting and returns its `client_msg_id`. */
export function send(socket: Socket, target: Target, content: unknown, more: Frame = {}): string {
  const id = typeof more.client_msg_id === 'string' ? more.client_msg_id : randomUUID()
  socket.send({ type: target.chat_type ?? 2, target_id: target.id, content, client_msg_id: id, ...more })
  return id
}

/** Sends a message and waits until it is stored. */
export function say(socket: Socket, target: Target, content: string, more: Frame = {}): Promise<Ack> {
  return acked(socket, send(socket, target, content, more), target)
}

/** Sends a message that has to be refused. */
export function sayInVain(
  socket: Socket,
  target: Target,
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

/** The acknowledgement of the message of this `client_msg_id`, which was sent to a user unless a target is given. */
export async function acked(socket: Socket, clientMsgId: string, target?: Target): Promise<Ack> {
  const frame = await answer(socket, clientMsgId)
  expect(frame).toMatchObject({ type: 5 })
  return (target?.chat_type ? GroupAck : Ack).parse(frame)
}

/** A final refusal of the message of this `client_msg_id`. */
async function refusedFrame(socket: Socket, clientMsgId: string, reason?: string): Promise<Refusal> {
  const frame = await answer(socket, clientMsgId)
  expect(frame).toMatchObject({ type: 9, retryable: false, ...(reason && { reason }) })
  return Refusal.parse(frame)
}

/** The next message that a socket brings: from a user, or in the group that is given. */
export async function heard(socket: Socket, target?: Target): Promise<Heard> {
  return shapeOf(target).parse(await socket.next(ofType(target?.chat_type ?? 2)))
}

/** The next `count` messages that a socket brings. */
export async function heardMany(socket: Socket, count: number, target?: Target): Promise<Heard[]> {
  return z.array(shapeOf(target)).parse(await socket.take(count, ofType(target?.chat_type ?? 2)))
}

/** A message as a socket brings it, of either kind. */
export type Heard = Message | z.infer<typeof GroupMessage>

const shapeOf = (target?: Target): z.ZodType<Heard> => (target?.chat_type ? GroupMessage : Message)

/** Sends `contents` a few at a time and returns their acks. */
export async function sayAll(socket: Socket, target: Target, contents: string[], inFlight = 20): Promise<Ack[]> {
  const acks: Ack[] = []
  for (let start = 0; start < contents.length; start += inFlight) {
    const ids = contents.slice(start, start + inFlight).map((content) => send(socket, target, content))
    acks.push(...(await Promise.all(ids.map((id) => acked(socket, id, target)))))
  }
  return acks
}

/** A row of the history, of either kind. */
export type HistoryRow = Row | z.infer<typeof GroupRow>

/** What `reader` may read of the conversation with another user, or in a group. */
export async function history(reader: Person, target: Target): Promise<HistoryRow[]> {
  return rowsIn(await call('GET', '/api/chat/history', { token: reader.token, query: named(target) }), target)
}

/** The rows of a reply that brings a page of the history. */
export function rowsIn(reply: Reply, target: Target): HistoryRow[] {
  return ok(reply, z.array<z.ZodType<HistoryRow>>(target.chat_type ? GroupRow : Row))
}

/** `count` numbered texts. */
export function texts(count: number, prefix = 'message'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index + 1}`)
}

/** 1, 2, 3 … `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
