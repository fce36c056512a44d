import { messages } from '../../lib/client/kafka.ts'
import { redis } from '../../lib/client/redis.ts'
import { loadSession } from '../../lib/entry/load-session.ts'
import { frame } from '../../lib/entry/middleware/frame-rule.ts'
import { frames } from '../../lib/entry/socket.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { FrameType, Heartbeat, Message, Read, Typing } from '../../lib/wire/frame.ts'

const clients = { redis, messages, loadSession }

const heartbeat = frame(Heartbeat, (beat, context) => accept.heartbeat(clients, beat, context))
const message = frame(Message, (given, context) => accept.message(clients, FrameType.message, given, context))
const groupMessage = frame(Message, (given, context) => accept.message(clients, FrameType.groupMessage, given, context))
const read = frame(Read, (mark, context) => accept.read(clients, mark, context))
const typing = frame(Typing, (sign, context) => accept.typing(clients, sign, context))

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
  (context) => accept.refused(clients, context),
)
