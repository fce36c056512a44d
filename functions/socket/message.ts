import { gateway } from '../../lib/client/gateway-when-needed.ts'
import { messages } from '../../lib/client/message-topic.ts'
import { redis } from '../../lib/client/redis.ts'
import { loadSession } from '../../lib/entry/load-session.ts'
import { type FrameHandler, frame } from '../../lib/entry/middleware/frame-router.ts'
import { frames } from '../../lib/entry/socket.ts'
import { dismiss } from '../../lib/service/connection/dismissal.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { Call, Change, FrameType, GroupMessage, Heartbeat, Message, Read, Typing } from '../../lib/wire/frame.ts'

const clients = { redis, messages, loadSession }

const heartbeat = frame(Heartbeat, (given, context) => accept.heartbeat(clients, given, context))
const message = frame(Message, (given, context) => accept.message(clients, FrameType.message, given, context))
const groupMessage = frame(GroupMessage, (given, context) =>
  accept.message(clients, FrameType.groupMessage, given, context),
)
const change = frame(Change, (given, context) => accept.change(clients, given, context))
const call = frame(Call, (given, context) => accept.call(clients, given, context))
const read = frame(Read, (given, context) => accept.read(clients, given, context))
const typing = frame(Typing, (given, context) => accept.typing(clients, given, context))

const handlers = new Map<unknown, FrameHandler>([
  [FrameType.heartbeat, heartbeat],
  [FrameType.message, message],
  [FrameType.groupMessage, groupMessage],
  [FrameType.call, call],
  [FrameType.read, read],
  [FrameType.typing, typing],
  [FrameType.change, change],
])

/**
 * `$default`: handles every frame from clients. A frame of type 0 with a target is a message, as GoChat's first clients send
 * it; their heartbeats have a target, too, which is 0.
 */
export const handler = frames(
  ({ type, target_id }) => (type === FrameType.heartbeat && (target_id ?? 0) !== 0 ? message : handlers.get(type)),
  (context) => accept.refused(clients, context),
  (connection, over, refusal) => dismiss({ redis, gateway }, connection, over, refusal),
)
