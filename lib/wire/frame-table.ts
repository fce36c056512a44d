/** The frames of the socket in both directions: the description of the socket uses these tables. */
import type * as z from 'zod/mini'
import { Call, Change, FrameType, GroupMessage, Heartbeat, Message, Read, Typing } from './frame.ts'
import * as server from './server-frame.ts'

export interface FrameRow {
  summary: { en: string; zh: string }
  /** What else there is to know. */
  description?: string
  schema: z.ZodMiniType
  example: Record<string, unknown>
}

interface ServerRow extends FrameRow {
  /** It comes without being asked for; otherwise it answers frames of the client. */
  isPushed?: true
}

const [ada, bob, group, at] = [7, 8, 3, 1_790_000_000_000]
const call_id = '0b7c54f2-9e7a-4f0e-8c38-6a1f6a0c6c11'
const place = { id: 5012, seq: 42, send_time: at / 1000, created_at: at }
const said = { from_id: bob, from_user_id: bob, content: 'Tea? 🍵', media: 1, client_msg_id: 'b1f0' }

/** By name. */
export const serverFrames = {
  pong: {
    summary: { en: 'The answer to a heartbeat with a `ping`', zh: '带 `ping` 的心跳的应答' },
    schema: server.PongFrame,
    example: { type: FrameType.heartbeat, pong: 1, server_time: at },
  },
  message: {
    summary: { en: 'A message to a user', zh: '单聊消息' },
    description:
      "To each connection of the recipient, and to the sender's other connections. It may come twice: drop it by `id`.",
    schema: server.MessageFrame,
    example: { type: FrameType.message, ...place, ...said, target_id: ada },
    isPushed: true,
  },
  groupMessage: {
    summary: { en: 'A message in a group', zh: '群聊消息' },
    description: 'To each connection of the members, but for the one that sent it. It may come twice: drop it by `id`.',
    schema: server.GroupMessageFrame,
    example: { type: FrameType.groupMessage, ...place, ...said, target_id: group, nickname: 'Bob', avatar: '' },
    isPushed: true,
  },
  stored: {
    summary: { en: 'Your message is stored', zh: '消息已入库' },
    description: 'Only if it carried a `client_msg_id`. What is acknowledged is never lost.',
    schema: server.StoredFrame,
    example: { type: FrameType.stored, ...place, client_msg_id: 'a8c2', target_id: bob, duplicate: false },
  },
  read: {
    summary: { en: 'Somebody has read', zh: '已读回执' },
    description:
      "To the writers, and to the reader's other connections. Of a group with more than 32 members only the latter hear of it.",
    schema: server.ReadFrame,
    example: { type: FrameType.read, from_id: bob, target_id: ada, seq: 42 },
    isPushed: true,
  },
  typing: {
    summary: { en: 'Somebody types, or has stopped', zh: '对方正在输入，或已停止' },
    description: 'Never told later than 10 s, and not in groups of more than 100 members.',
    schema: server.TypingFrame,
    example: { type: FrameType.typing, from_id: bob, typing: true },
    isPushed: true,
  },
  call: {
    summary: { en: 'A friend calls, or answers', zh: '好友的通话信令' },
    description:
      'What the other client has sent, to all of your connections. Never told later than 30 s. Without a `call_id` it is passed on and ' +
      'nothing else; with one, `action` says what has become of the call, and `busy` may be said by the service itself.',
    schema: server.CallFrame,
    example: {
      type: FrameType.call,
      from_id: bob,
      content: '{"sdp":"…"}',
      call_id,
      action: 'invite',
      send_time: at / 1000,
      created_at: at,
    },
    isPushed: true,
  },
  answeredElsewhere: {
    summary: { en: 'Another device of yours has answered a call', zh: '通话已在你的其他设备上处理' },
    description: 'It has accepted or declined: this one stops ringing.',
    schema: server.AnsweredElsewhereFrame,
    example: { type: FrameType.event, event: 'answered_elsewhere', user_id: bob, call_id },
    isPushed: true,
  },
  resync: {
    summary: { en: 'Something may have been missed: call sync', zh: '可能有遗漏：请调用 sync' },
    description: '`POST /api/chat/sync` then gives all that is missing, however long one was away.',
    schema: server.ResyncFrame,
    example: { type: FrameType.event, event: 'resync' },
    isPushed: true,
  },
  friendEvent: {
    summary: { en: 'A friendship is asked for, begins or ends', zh: '好友申请、成为好友或解除好友' },
    schema: server.FriendFrame,
    example: { type: FrameType.event, event: 'friend_request', user_id: bob },
    isPushed: true,
  },
  presence: {
    summary: { en: 'A friend comes online, or goes', zh: '好友上线或下线' },
    description:
      'Of a change that lasts for some seconds, and not of friends who have very many friends. The list of friends says who is online now.',
    schema: server.PresenceFrame,
    example: { type: FrameType.event, event: 'presence', user_id: bob, online: true },
    isPushed: true,
  },
  groupEvent: {
    summary: { en: 'A group has changed, or somebody asks to join', zh: '群聊变更或入群申请' },
    description:
      'To those whom it concerns. Most changes are notices, too: messages of type 3 from nobody, whose `from_id` is 0.',
    schema: server.GroupFrame,
    example: { type: FrameType.event, event: 'group_joined', group_id: group },
    isPushed: true,
  },
  refused: {
    summary: { en: 'Your frame was not accepted', zh: '帧被拒绝' },
    description: 'If `retryable`, the message may be stored or not; a type 5 may still follow.',
    schema: server.RefusedFrame,
    example: {
      type: FrameType.refused,
      client_msg_id: 'a8c2',
      code: -1,
      reason: 'NOT_FRIENDS',
      msg: '你们还不是好友',
      retryable: false,
    },
  },
  goAway: {
    summary: { en: 'The connection is about to end', zh: '连接即将关闭' },
    schema: server.GoAwayFrame,
    example: { type: FrameType.goAway, reason: 'CONNECTION_OLD', reconnect_after_ms: 2400 },
    isPushed: true,
  },
} satisfies Record<string, ServerRow>

interface ClientRow extends FrameRow {
  type: number
  /** What may answer it, beside `refused` and `resync`. */
  answers?: readonly (keyof typeof serverFrames)[]
}

const example = { target_id: bob, content: 'Tea? 🍵', client_msg_id: 'a8c2' }

/** By name. Their schemas have no `type`, since some types share one. */
export const clientFrames = {
  heartbeat: {
    type: FrameType.heartbeat,
    summary: { en: 'I am still here', zh: '心跳' },
    description:
      "At the interval of the connection, whatever else is sent. It is answered if it has a `ping`. GoChat's web clients add a `target_id` of 0.",
    schema: Heartbeat,
    example: { type: FrameType.heartbeat, ping: 1 },
    answers: ['pong', 'goAway'],
  },
  sendMessage: {
    type: FrameType.message,
    summary: { en: 'Send a message to a user', zh: '发送单聊消息' },
    description:
      'Without a `client_msg_id` nothing tells that it is stored. With one, send it again until an answer comes.',
    schema: Message,
    example: { type: FrameType.message, ...example },
    answers: ['stored'],
  },
  sendOldMessage: {
    type: FrameType.heartbeat,
    summary: { en: 'The same, as GoChat’s first clients send it', zh: '同上，旧版 GoChat 客户端的写法' },
    description: 'A frame of type 0 with a `target_id` other than 0 is a message, stored as type 2.',
    schema: Message,
    example: { type: FrameType.heartbeat, ...example },
    answers: ['stored'],
  },
  sendGroupMessage: {
    type: FrameType.groupMessage,
    summary: { en: 'Send a message to a group', zh: '发送群聊消息' },
    description: 'Whoever is mentioned and is no member is passed over.',
    schema: GroupMessage,
    example: { type: FrameType.groupMessage, ...example, target_id: group, mentions: [ada], reply_to: 41 },
    answers: ['stored'],
  },
  changeMessage: {
    type: FrameType.change,
    summary: { en: 'Edit, recall, or react to a message', zh: '编辑、撤回或回应消息' },
    description:
      'Edits and recalls are for whoever wrote it, for a day; reactions for everybody who may write, one each. Others get a message with ' +
      '`change`, which has a `seq` of its own and counts as no message.',
    schema: Change,
    example: { type: FrameType.change, target_id: bob, seq: 41, action: 'react', content: '👍', client_msg_id: 'c7d1' },
    answers: ['stored'],
  },
  signalCall: {
    type: FrameType.call,
    summary: { en: 'I call a friend, or answer', zh: '发送通话信令' },
    description:
      'It is passed on, and never stored or read. A friend who is away does not hear of it. With a `call_id` and an `action` the ' +
      'service keeps the state of the call: one at a time for a user, which rings for 45 s, and of which a message tells at the end.',
    schema: Call,
    example: { type: FrameType.call, target_id: bob, content: '{"sdp":"…"}', call_id, action: 'invite' },
  },
  markRead: {
    type: FrameType.read,
    summary: { en: 'I have read up to `seq`', zh: '已读到 `seq`' },
    schema: Read,
    example: { type: FrameType.read, target_id: bob, seq: 42 },
  },
  tellTyping: {
    type: FrameType.typing,
    summary: { en: 'I type, or have stopped', zh: '正在输入，或已停止' },
    description: 'It is passed on, and never stored.',
    schema: Typing,
    example: { type: FrameType.typing, target_id: bob, typing: true },
  },
} satisfies Record<string, ClientRow>
