import { messages } from '../../lib/client/kafka.ts'
import { redis } from '../../lib/client/redis.ts'
import { loadSession } from '../../lib/entry/load-session.ts'
import { frame, frames } from '../../lib/entry/socket.ts'
import * as send from '../../lib/service/send.ts'
import { DirectMessage, FrameType, Heartbeat, Read, Typing } from '../../lib/wire/frame.ts'

const clients: send.Clients = { redis, messages, loadSession }

const heartbeat = frame(Heartbeat, (beat, arrival) => send.heartbeat(clients, beat, arrival))
const message = frame(DirectMessage, (direct, arrival) => send.message(clients, direct, arrival))
const read = frame(Read, (mark, arrival) => send.read(clients, mark, arrival))
const typing = frame(Typing, (sign, arrival) => send.typing(clients, sign, arrival))

const table = new Map<unknown, typeof message>([
  [FrameType.heartbeat, heartbeat],
  [FrameType.message, message],
  [FrameType.read, read],
  [FrameType.typing, typing],
])

/**
 * `$default`: every frame of every client. A type 0 with a target is a message, as GoChat's first clients send it; they
 * write the target into their heartbeats, too, as 0.
 */
export const handler = frames(
  ({ type, target_id }) => (type === FrameType.heartbeat && (target_id ?? 0) !== 0 ? message : table.get(type)),
  (arrival) => send.refused(clients, arrival),
)
