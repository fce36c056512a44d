import { messages } from '../../lib/client/kafka.ts'
import { redis } from '../../lib/client/redis.ts'
import { loadSession } from '../../lib/entry/load-session.ts'
import { frame, frames } from '../../lib/entry/socket.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { FrameType, Heartbeat, Message, Read, Typing } from '../../lib/wire/frame.ts'

const clients: accept.Clients = { redis, messages, loadSession }

const heartbeat = frame(Heartbeat, (beat, arrival) => accept.heartbeat(clients, beat, arrival))
const message = frame(Message, (given, arrival) => accept.message(clients, FrameType.message, given, arrival))
const groupMessage = frame(Message, (given, arrival) => accept.message(clients, FrameType.groupMessage, given, arrival))
const read = frame(Read, (mark, arrival) => accept.read(clients, mark, arrival))
const typing = frame(Typing, (sign, arrival) => accept.typing(clients, sign, arrival))

const table = new Map<unknown, typeof message>([
  [FrameType.heartbeat, heartbeat],
  [FrameType.message, message],
  [FrameType.groupMessage, groupMessage],
  [FrameType.read, read],
  [FrameType.typing, typing],
])

/**
 * `$default`: every frame of every client. A type 0 with a target is a message, as GoChat's first clients send it; they
 * write the target into their heartbeats, too, as 0.
 */
export const handler = frames(
  ({ type, target_id }) => (type === FrameType.heartbeat && (target_id ?? 0) !== 0 ? message : table.get(type)),
  (arrival) => accept.refused(clients, arrival),
)
