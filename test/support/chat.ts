/** Steps of a conversation: saying, being answered, hearing, reading back. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { call, ok } from './http.ts'
import type { Person } from './people.ts'
import { Ack, GroupAck, GroupMessage, GroupRow, GroupSynced, Message, Refusal, Row, Synced } from './shape.ts'
import type { Frame, Socket } from './socket.ts'
import { ofType } from './socket.ts'

/** Whom or what one speaks to: a user, or a group. */
export interface Target {
  id: number
  chat_type?: 3
}

/** How queries and frames name a target. */
export const placeOf = ({ id, chat_type }: Target) => ({ target_id: id, ...(chat_type && { chat_type }) })

/** Frames that bring a message, of a friend or in a group. */
export const isMessage = ofType(2, 3)

/** Sends a message without waiting and returns its `client_msg_id`. */
export function send(socket: Socket, target: Target, content: unknown, more: Frame = {}): string {
  const id = typeof more.client_msg_id === 'string' ? more.client_msg_id : randomUUID()
  const type = target.chat_type ?? 2
  socket.send({ type, target_id: target.id, content, client_msg_id: id, ...more })
  return id
}

/** Sends a message and waits until it is stored. */
export function say(socket: Socket, target: Target, content: string, more: Frame = {}): Promise<Ack> {
  return acked(socket, target, send(socket, target, content, more))
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

/** The news that the message of this `client_msg_id` to `target` is stored. */
export async function acked(socket: Socket, target: Target, clientMsgId: string): Promise<Ack> {
  const frame = await answer(socket, clientMsgId)
  expect(frame).toMatchObject({ type: 5, ...placeOf(target) })
  return (target.chat_type ? GroupAck : Ack).parse(frame)
}

/** A final refusal of the message of this `client_msg_id`. */
async function refusedFrame(socket: Socket, clientMsgId: string, reason?: string): Promise<Refusal> {
  const frame = await answer(socket, clientMsgId)
  expect(frame).toMatchObject({ type: 9, retryable: false, ...(reason && { reason }) })
  return Refusal.parse(frame)
}

/** The next message that a socket brings. */
export async function heard(socket: Socket): Promise<Message> {
  return messageOf(await socket.next(isMessage))
}

/** The next `count` messages that a socket brings. */
export async function heardMany(socket: Socket, count: number): Promise<Message[]> {
  return (await socket.take(count, isMessage)).map(messageOf)
}

const messageOf = (frame: Frame): Message => (frame.type === 3 ? GroupMessage : Message).parse(frame)

/** Sends `contents` a few at a time and returns their acks. */
export async function sayAll(socket: Socket, target: Target, contents: string[], inFlight = 20): Promise<Ack[]> {
  const acks: Ack[] = []
  for (let start = 0; start < contents.length; start += inFlight) {
    const ids = contents.slice(start, start + inFlight).map((content) => send(socket, target, content))
    acks.push(...(await Promise.all(ids.map((id) => acked(socket, target, id)))))
  }
  return acks
}

/** What `reader` may read of a conversation: the latest of it, or another page. */
export async function history(
  reader: Person,
  target: Target,
  page: Record<string, string | number> = {},
): Promise<Row[]> {
  const query = { ...placeOf(target), ...page }
  const reply = await call('GET', '/api/chat/history', { token: reader.token, query })
  return target.chat_type ? ok(reply, z.array(GroupRow)) : ok(reply, z.array(Row))
}

/** What a device of `reader` has missed after each of some points. */
export async function sync(
  reader: Person,
  asked: readonly [target: Target, afterSeq: number][],
  limit?: number,
): Promise<Synced[]> {
  const conversations = asked.map(([target, after_seq]) => ({ ...placeOf(target), after_seq }))
  const body = { conversations, limit }
  const reply = await call('POST', '/api/chat/sync', { token: reader.token, body })
  const synced = ok(reply, z.array(z.unknown()))
  expect(synced).toMatchObject(asked.map(([target]) => placeOf(target)))
  return asked.map(([target], index) => (target.chat_type ? GroupSynced : Synced).parse(synced[index]))
}

/** What a device of `reader` has missed of one conversation. */
export async function missed(reader: Person, target: Target, afterSeq = 0, limit?: number): Promise<Synced> {
  const [synced] = await sync(reader, [[target, afterSeq]], limit)
  if (!synced) throw new Error('sync has left a conversation out')
  return synced
}

/** `count` numbered texts. */
export function texts(count: number, prefix = 'message'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index + 1}`)
}

/** 1, 2, 3 … `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
