/** Accepting frames: from the socket to Kafka, without the database and without posts. */
import { createHash } from 'node:crypto'
import type { RecordProducer } from '../../client/kafka.ts'
import { ChatType, keyOf } from '../../core/address.ts'
import { Refusal } from '../../core/refusal.ts'
import {
  type Call,
  type Change,
  FrameType,
  fitsContent,
  type GroupMessage,
  type Heartbeat,
  type Message,
  type Read,
  type Typing,
} from '../../wire/frame.ts'
import { addressOfRecord, type ChatRecord, type Origin } from '../../wire/record.ts'
import type { EventFrame, GoAwayFrame, PongFrame } from '../../wire/server-frame.ts'
import type { LoadSession, SessionClients } from '../account/session.ts'
import * as presence from '../connection/presence.ts'
import { markMissed } from '../connection/recipient.ts'
import { lostAgain } from '../store/session-state.ts'

export interface AcceptClients extends SessionClients {
  messages: Pick<RecordProducer, 'send'>
}

/** The context of a frame: its connection and the gateway's data. */
export interface FrameContext {
  connection: presence.Connection
  language: Origin['language']
  messageId: string
  requestedAt: number
}

/** What frames cost of their sender's rate. One that is refused for what it is costs more than one that is sent. */
const cost = { heartbeat: 0.1, sent: 1, refused: 2 } as const

const resync: EventFrame = { type: FrameType.event, event: 'resync' }

// The gateway closes a connection after two hours. From the 110th minute on clients are asked to reconnect, spread over 8
// minutes, so that those who connected together do not reconnect together. Only a heartbeat is answered by that, so it is
// the last one before the client's minute.
const oldMs = 110 * 60_000
const spreadMs = 8 * 60_000
const reconnectSpreadMs = 5_000

/**
 * Keeps the user online. Replies only if the frame has a `ping`, if a push may have been missed, or if the connection
 * is old.
 */
export async function heartbeat(
  clients: AcceptClients,
  { ping }: Heartbeat,
  context: FrameContext,
): Promise<(PongFrame | EventFrame | GoAwayFrame)[]> {
  const mustResync = await authorize(clients, context, cost.heartbeat)
  const pong: PongFrame[] =
    ping === undefined ? [] : [{ type: FrameType.heartbeat, pong: ping, server_time: Date.now() }]
  return [...(mustResync ? [resync] : []), ...(isOld(context) ? [goAway()] : []), ...pong]
}

function isOld({ connection, requestedAt }: FrameContext): boolean {
  const share = createHash('sha1').update(connection.id).digest().readUInt16BE() / 0x10000
  return requestedAt + connection.heartbeatMs - connection.connectedAt >= oldMs + share * spreadMs
}

const goAway = (): GoAwayFrame => ({
  type: FrameType.goAway,
  reason: 'CONNECTION_OLD',
  reconnect_after_ms: Math.floor(Math.random() * reconnectSpreadMs),
})

/**
 * Sends a message to Kafka; resolves when all replicas have it.
 *
 * @throws Refusal TARGET_IS_SELF, TOO_LARGE, TOO_MANY_REQUESTS, SESSION_ENDED, TOKEN_EXPIRED
 */
export async function message(
  clients: AcceptClients,
  chat_type: ChatType,
  frame: Message & Partial<GroupMessage>,
  context: FrameContext,
): Promise<EventFrame[]> {
  const { target_id, content, media, client_msg_id, reply_to, mentions = [] } = frame
  return await enqueue(clients, context, {
    kind: 'message',
    ...common(context, target_id, chat_type),
    content,
    media,
    ...(client_msg_id !== undefined && { client_msg_id }),
    ...(reply_to !== undefined && { reply_to }),
    ...(mentions.length > 0 && { mentions }),
  })
}

/** Sends a change of a message to Kafka. Refuses as `message` does. */
export async function change(
  clients: AcceptClients,
  { target_id, chat_type, seq, action, content, client_msg_id }: Change,
  context: FrameContext,
): Promise<EventFrame[]> {
  return await enqueue(clients, context, {
    kind: 'change',
    ...common(context, target_id, chat_type),
    seq,
    action,
    ...(content !== undefined && { content }),
    ...(client_msg_id !== undefined && { client_msg_id }),
  })
}

/** Sends a read mark to Kafka. Refuses as `message` does. */
export async function read(
  clients: AcceptClients,
  { target_id, chat_type, seq }: Read,
  context: FrameContext,
): Promise<EventFrame[]> {
  return await enqueue(clients, context, { kind: 'read', ...common(context, target_id, chat_type), seq })
}

/** Sends a typing state to Kafka. Refuses as `message` does. */
export async function typing(
  clients: AcceptClients,
  { target_id, chat_type, typing }: Typing,
  context: FrameContext,
): Promise<EventFrame[]> {
  return await enqueue(clients, context, { kind: 'typing', ...common(context, target_id, chat_type), typing })
}

/** Sends what one client tells another of a call to Kafka. Refuses as `message` does. */
export async function call(
  clients: AcceptClients,
  { target_id, content, call_id, action }: Call,
  context: FrameContext,
): Promise<EventFrame[]> {
  return await enqueue(clients, context, {
    kind: 'call',
    ...common(context, target_id, ChatType.direct),
    content,
    ...(call_id !== undefined && { call_id, action }),
  })
}

function common(
  { connection, messageId, requestedAt, language }: FrameContext,
  target_id: number,
  chat_type: ChatType,
) {
  return {
    record_id: messageId,
    from_id: connection.userId,
    target_id,
    chat_type,
    requested_at: requestedAt,
    origin: { connection_id: connection.id, batch: connection.takesArrays, language },
  }
}

/**
 * Registers a frame that will be refused: like any other, it keeps its user online, and it costs more.
 *
 * @throws Refusal TOO_MANY_REQUESTS, SESSION_ENDED, TOKEN_EXPIRED
 */
export async function refused(clients: AcceptClients, context: FrameContext): Promise<void> {
  const mustResync = await authorize(clients, context, cost.refused)
  // The reply is the refusal, so `resync` is left to the next frame.
  if (mustResync) await markMissed(clients, context.connection.userId, context.connection.id)
}

async function enqueue(clients: AcceptClients, context: FrameContext, record: ChatRecord): Promise<EventFrame[]> {
  const refusal = refusalOf(record)
  const authorized = authorize(clients, context, refusal ? cost.refused : cost.sent)
  const mustResync = await inTurn(context.connection.id, authorized)
  try {
    if (refusal) throw refusal
    await clients.messages.send({
      key: keyOf(addressOfRecord(record)),
      value: JSON.stringify(record),
    })
  } catch (error) {
    // The reply is the refusal here, too.
    if (mustResync) await markMissed(clients, context.connection.userId, context.connection.id)
    throw error
  }
  return mustResync ? [resync] : []
}

function refusalOf(record: ChatRecord): Refusal | undefined {
  if ('content' in record && record.content !== undefined && !fitsContent(record.content))
    return new Refusal('TOO_LARGE')
  const isToSelf = record.chat_type === ChatType.direct && record.target_id === record.from_id
  return isToSelf ? new Refusal('TARGET_IS_SELF') : undefined
}

// Keeps the frames of a connection in order of arrival, however long each takes to authorize: otherwise a frame that
// finds the session loaded would overtake the one that is loading it.
const turns = new Map<string, Promise<unknown>>()

async function inTurn<T>(connectionId: string, authorized: Promise<T>): Promise<T> {
  const before = turns.get(connectionId)
  const turn = Promise.allSettled([before, authorized]).then(() => {
    if (turns.get(connectionId) === turn) turns.delete(connectionId)
  })
  turns.set(connectionId, turn)
  await before
  return await authorized
}

// Returns whether the client must resync. Refuses a frame of a connection that is over, or above the rate.
async function authorize(
  { redis, loadSession }: SessionClients,
  context: FrameContext,
  price: number,
): Promise<boolean> {
  const { connection, messageId } = context
  const now = Date.now()
  if (now >= connection.expiresAt) throw new Refusal('TOKEN_EXPIRED')
  let touched = await presence.touch({ redis }, connection, price, now, messageId)
  if (touched.session === 'unloaded') {
    await loadOnce(connection.userId, loadSession)
    touched = await presence.touch({ redis }, connection, price, now, messageId)
  }
  if (touched.session === 'unloaded') throw lostAgain()
  if (touched.session !== 'active') throw new Refusal('SESSION_ENDED')
  const { over, waitMs } = touched
  const detail = { ...(waitMs > 0 && { retryAfterSeconds: waitMs / 1000 }), isLast: over !== undefined }
  if (over || waitMs > 0) throw new Refusal(over ?? 'TOO_MANY_REQUESTS', detail)
  return touched.mustResync
}

// Loads in progress, by user: concurrent frames wait for the same one.
const loading = new Map<number, Promise<void>>()

function loadOnce(userId: number, loadSession: LoadSession): Promise<void> {
  const known = loading.get(userId)
  if (known) return known
  const load = loadSession(userId).finally(() => loading.delete(userId))
  loading.set(userId, load)
  return load
}
