/** The frame that brings a stored message to its recipients. */
import { ChatType } from '../../core/address.ts'
import { FrameType } from '../../wire/frame.ts'
import type { GroupMessageFrame, MessageChange, MessageFrame } from '../../wire/server-frame.ts'

/** A stored message, as the frame needs it. */
export interface StoredForPush {
  chatType: ChatType
  id: number
  seq: number
  /** 0 for a notice of the group. */
  fromId: number
  targetId: number
  content: string
  media: number
  /** Milliseconds. */
  createdAt: number
  clientMessageId?: string | undefined
  replyTo?: number | undefined
  mentions?: readonly number[]
  change?: MessageChange
}

export const secondsOf = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/** `sender` is what a group calls whoever wrote it, with a picture. */
export function messageFrame(
  {
    chatType,
    id,
    seq,
    fromId,
    targetId,
    content,
    media,
    createdAt,
    clientMessageId,
    replyTo,
    mentions = [],
    change,
  }: StoredForPush,
  sender: { nickname: string; avatar: string } = { nickname: '', avatar: '' },
): MessageFrame | GroupMessageFrame {
  const message = {
    id,
    seq,
    from_id: fromId,
    from_user_id: fromId,
    target_id: targetId,
    content,
    media,
    send_time: secondsOf(createdAt),
    created_at: createdAt,
    ...(clientMessageId !== undefined && { client_msg_id: clientMessageId }),
    ...(replyTo !== undefined && { reply_to: replyTo }),
    ...(mentions.length > 0 && { mentions: [...mentions] }),
    ...(change && { change }),
  }
  if (chatType === ChatType.direct) return { type: FrameType.message, ...message }
  return { type: FrameType.groupMessage, ...message, nickname: sender.nickname, avatar: sender.avatar }
}
