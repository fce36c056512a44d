/** Every expected "no" of the service: one table of reason → status, code and texts. */

export type Language = 'zh' | 'en'

interface ReasonRow {
  /** HTTP status. */
  status: number
  /** The envelope's `code`: 0 for success, -1 for a rule that refuses, else the status itself. */
  code: number
  zh: string
  en: string
}

const reasons = {
  INVALID_INPUT: { status: 400, code: 400, zh: '参数错误', en: 'Invalid input' },
  BODY_TOO_LARGE: { status: 413, code: 413, zh: '请求内容过大', en: 'The request body is too large' },
  ROUTE_NOT_FOUND: { status: 404, code: 404, zh: '接口不存在', en: 'No such route' },
  METHOD_NOT_ALLOWED: { status: 405, code: 405, zh: '请求方法不支持', en: 'Method not allowed' },
  NOT_THROUGH_EDGE: {
    status: 403,
    code: 403,
    zh: '请通过服务的公开地址访问',
    en: 'Use the public address of this service',
  },

  TOKEN_MISSING: { status: 401, code: 401, zh: '请先登录', en: 'Please log in' },
  TOKEN_INVALID: { status: 401, code: 401, zh: '登录凭证无效', en: 'The token is not valid' },
  TOKEN_EXPIRED: {
    status: 401,
    code: 401,
    zh: '登录已过期，请重新登录',
    en: 'The token has expired, please log in again',
  },
  SESSION_ENDED: {
    status: 401,
    code: 401,
    zh: '登录已失效，请重新登录',
    en: 'This session has ended, please log in again',
  },

  TOO_MANY_REQUESTS: {
    status: 429,
    code: 429,
    zh: '操作过于频繁，请稍后再试',
    en: 'Too many requests, try again later',
  },
  TOO_MANY_CONNECTIONS: {
    status: 429,
    code: 429,
    zh: '同时在线的连接过多，最早的连接已关闭',
    en: 'Too many connections: the oldest one is closed',
  },
  FAULT: { status: 500, code: 500, zh: '服务器内部错误', en: 'Internal error' },
  UNAVAILABLE: {
    status: 503,
    code: 503,
    zh: '服务暂时不可用，请稍后再试',
    en: 'Temporarily unavailable, try again later',
  },

  USERNAME_TAKEN: { status: 200, code: -1, zh: '用户名已存在', en: 'This username is taken' },
  BAD_CREDENTIALS: { status: 200, code: -1, zh: '用户名或密码错误', en: 'Wrong username or password' },
  WRONG_PASSWORD: { status: 200, code: -1, zh: '密码错误', en: 'The password is wrong' },
  SESSION_NOT_FOUND: {
    status: 200,
    code: -1,
    zh: '该登录会话不存在或已结束',
    en: 'No such session, or it has ended',
  },
  USER_NOT_FOUND: { status: 200, code: -1, zh: '用户不存在', en: 'No such user' },

  TARGET_IS_SELF: { status: 200, code: -1, zh: '不能对自己进行此操作', en: 'This cannot be done to yourself' },
  TARGET_BLOCKED: { status: 200, code: -1, zh: '请先解除拉黑', en: 'Unblock this user first' },
  ALREADY_FRIENDS: { status: 200, code: -1, zh: '你们已经是好友', en: 'You are friends already' },
  REQUEST_PENDING: {
    status: 200,
    code: -1,
    zh: '申请已发送，请等待对方处理',
    en: 'Your request is waiting for an answer',
  },
  REQUEST_NOT_FOUND: {
    status: 200,
    code: -1,
    zh: '申请不存在或已处理',
    en: 'No such request, or it has been answered',
  },
  NOT_FRIENDS: { status: 200, code: -1, zh: '你们还不是好友', en: 'You are not friends' },
  GROUP_NOT_FOUND: { status: 200, code: -1, zh: '群聊不存在或已解散', en: 'No such group, or it is dissolved' },
  NOT_MEMBER: { status: 200, code: -1, zh: '你不是该群成员', en: 'You are not a member of this group' },
  ALREADY_MEMBER: { status: 200, code: -1, zh: '你已经在该群中', en: 'You are a member of this group already' },
  NOT_ADMITTED: { status: 200, code: -1, zh: '无法加入该群聊', en: 'This group does not let you join' },
  GROUP_FULL: { status: 200, code: -1, zh: '群成员已满', en: 'This group is full' },
  TOO_MANY_GROUPS: { status: 200, code: -1, zh: '加入的群聊过多', en: 'Too many groups: leave one first' },
  ROLE_TOO_LOW: { status: 200, code: -1, zh: '没有权限进行此操作', en: 'Your role does not allow this' },
  MUTED: { status: 200, code: -1, zh: '你已被禁言', en: 'You are muted in this group' },
  MESSAGE_NOT_FOUND: { status: 200, code: -1, zh: '消息不存在', en: 'No such message' },
  MESSAGE_RECALLED: { status: 200, code: -1, zh: '消息已撤回', en: 'This message was recalled' },
  NOT_YOUR_MESSAGE: {
    status: 200,
    code: -1,
    zh: '只能修改自己的消息',
    en: 'Only whoever wrote a message may change it',
  },
  TOO_LATE: { status: 200, code: -1, zh: '已超过可修改的时间', en: 'It is too late to change this message' },
  NOT_TEXT: { status: 200, code: -1, zh: '只能编辑文本消息', en: 'Only text can be edited' },
  TOO_MANY_REACTIONS: { status: 200, code: -1, zh: '该消息的回应过多', en: 'This message has too many reactions' },
  CALL_NOT_FOUND: { status: 200, code: -1, zh: '通话不存在或已结束', en: 'No such call, or it is over' },
  NOT_BLOCKED: { status: 200, code: -1, zh: '该用户未被拉黑', en: 'This user is not blocked' },

  MEDIA_NOT_FOUND: { status: 200, code: -1, zh: '文件不存在或尚未上传', en: 'No such file, or it has not come yet' },
  MEDIA_REFUSED: { status: 200, code: -1, zh: '无法使用该文件', en: 'This file cannot be used' },
  MEDIA_TOO_LARGE: { status: 200, code: -1, zh: '文件过大', en: 'The file is too large' },
  MEDIA_QUOTA: { status: 200, code: -1, zh: '存储空间已满', en: 'Your files take too much room' },

  BAD_FRAME: { status: 400, code: 400, zh: '消息格式错误', en: 'The frame is malformed' },
  UNKNOWN_FRAME: { status: 400, code: 400, zh: '不支持的消息类型', en: 'Unknown frame type' },
  TOO_LARGE: { status: 413, code: 413, zh: '消息内容过长', en: 'The message is too large' },
  CONFLICT: {
    status: 200,
    code: -1,
    zh: '该消息编号已用于其他内容',
    en: 'This client_msg_id was used for another message',
  },
  UNPROCESSABLE: { status: 200, code: -1, zh: '消息无法保存', en: 'This message cannot be stored' },
} as const satisfies Record<string, ReasonRow>

/** Stable machine-readable names, part of the wire contract. */
export type Reason = keyof typeof reasons

/** A reason as clients see it: `status` for HTTP, `code` and `msg` for envelope and frame. */
export function textOf(reason: Reason, language: Language): { status: number; code: number; msg: string } {
  const { status, code, [language]: msg } = reasons[reason]
  return { status, code, msg }
}

interface Detail {
  /** For developers, in English: which input is wrong and why, as `body.target_id: …`. Never holds the value. */
  field?: string
  /** Seconds until another attempt makes sense. */
  retryAfterSeconds?: number
  /** The connection is closed with it. */
  isLast?: boolean
  /** The methods that the path has. */
  allow?: readonly string[]
  /** The envelope's `data`. */
  data?: unknown
}

/** An expected "no": services throw it, `lib/entry` turns it into a reply. Anything else thrown is a fault. */
export class Refusal extends Error {
  readonly reason: Reason
  readonly detail: Detail

  /** That of another bundle is one, too: on a machine, what starts a thread is a bundle of its own (infra/bundle/local.ts). */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'Refusal'
  }

  constructor(reason: Reason, detail: Detail = {}) {
    super(reason)
    this.name = 'Refusal'
    this.reason = reason
    this.detail = detail
  }
}
