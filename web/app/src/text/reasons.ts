/** Every reason of the wire contract, and those that the library adds. A test holds the contract's table against it. */
const unreachable = {
  en: 'The service cannot be reached. Check the connection, then try again.',
  zh: '无法连接到服务，请检查网络后重试。',
}
const signInAgain = { en: 'You have been signed out. Sign in again.', zh: '您已退出登录，请重新登录。' }
const outdated = {
  en: 'This page is out of date. Reload it, then try again.',
  zh: '页面版本已过期，请刷新后重试。',
}
const notAllowed = { en: 'This group does not allow it.', zh: '该群聊不允许这样做。' }

const en = {
  other: 'That did not work. Try again in a moment.',

  INVALID_INPUT: 'Something here is not accepted. Check what was entered.',
  BODY_TOO_LARGE: 'This is too large to be sent.',
  ROUTE_NOT_FOUND: outdated.en,
  METHOD_NOT_ALLOWED: outdated.en,
  NOT_THROUGH_EDGE: unreachable.en,
  TOKEN_MISSING: signInAgain.en,
  TOKEN_INVALID: signInAgain.en,
  TOKEN_EXPIRED: 'You were signed in for a long time. Sign in again.',
  SESSION_ENDED: 'This session was ended from another place, or the password was changed. Sign in again.',
  TOO_MANY_REQUESTS: 'That was too often. Wait a moment, then try again.',
  TOO_MANY_CONNECTIONS: 'This account was opened in another place.',
  FAULT: 'Something broke on our side. Try again in a moment.',
  UNAVAILABLE: 'The service is busy right now. Try again in a moment.',

  USERNAME_TAKEN: 'This username is taken. Choose another one.',
  BAD_CREDENTIALS: 'The username or the password is wrong.',
  WRONG_PASSWORD: 'This is not your password.',
  SESSION_NOT_FOUND: 'This session has ended already.',
  USER_NOT_FOUND: 'Nobody has this username.',
  TARGET_IS_SELF: 'That is you.',
  TARGET_BLOCKED: 'You have blocked this person. Unblock them first.',
  ALREADY_FRIENDS: 'You are friends already.',
  REQUEST_PENDING: 'Your request is still waiting for an answer.',
  REQUEST_NOT_FOUND: 'This request has been answered, or is gone.',
  NOT_FRIENDS: 'You are no longer friends, so nothing can be sent here.',
  GROUP_NOT_FOUND: 'This group is gone.',
  NOT_MEMBER: 'You are no longer in this group.',
  ALREADY_MEMBER: 'You are in this group already.',
  NOT_ADMITTED: notAllowed.en,
  GROUP_FULL: 'This group is full.',
  TOO_MANY_GROUPS: 'Leave another group first.',
  ROLE_TOO_LOW: notAllowed.en,
  MUTED: 'You are muted in this group.',
  CALL_NOT_FOUND: 'This call is over.',
  NOT_BLOCKED: 'This person is not blocked.',

  MEDIA_NOT_FOUND: 'This file is gone, or not for you.',
  MEDIA_REFUSED: 'This file cannot be used.',
  MEDIA_TOO_LARGE: 'This file is too large.',
  MEDIA_QUOTA: 'Your files take too much room.',

  BAD_FRAME: 'This message cannot be sent as it is.',
  UNKNOWN_FRAME: outdated.en,
  TOO_LARGE: 'This message is too long: 16 KB of text at most.',
  CONFLICT: 'This message was already sent with another text.',
  UNPROCESSABLE: 'This message cannot be stored.',

  UNREACHABLE: unreachable.en,
  CLOSED: 'The connection was closed. What waits is sent when you are back.',
  OUTBOX: 'This browser could not keep the message. Free some space, then try again.',
  CANCELLED: 'This was cancelled.',
  TOO_SLOW: 'Too much came at once. Reload the page to see all of it.',
}

export type ReasonKey = keyof typeof en

const zh: Record<ReasonKey, string> = {
  other: '操作未成功，请稍后再试。',

  INVALID_INPUT: '输入的内容不符合要求，请检查。',
  BODY_TOO_LARGE: '内容过大，无法发送。',
  ROUTE_NOT_FOUND: outdated.zh,
  METHOD_NOT_ALLOWED: outdated.zh,
  NOT_THROUGH_EDGE: unreachable.zh,
  TOKEN_MISSING: signInAgain.zh,
  TOKEN_INVALID: signInAgain.zh,
  TOKEN_EXPIRED: '登录已过期，请重新登录。',
  SESSION_ENDED: '此会话已在别处结束，或密码已更改，请重新登录。',
  TOO_MANY_REQUESTS: '操作过于频繁，请稍候再试。',
  TOO_MANY_CONNECTIONS: '此账号已在别处打开。',
  FAULT: '服务出现故障，请稍后再试。',
  UNAVAILABLE: '服务繁忙，请稍后再试。',

  USERNAME_TAKEN: '该用户名已被使用，请换一个。',
  BAD_CREDENTIALS: '用户名或密码错误。',
  WRONG_PASSWORD: '密码不正确。',
  SESSION_NOT_FOUND: '该会话已经结束。',
  USER_NOT_FOUND: '没有人使用这个用户名。',
  TARGET_IS_SELF: '这是您自己。',
  TARGET_BLOCKED: '您已拉黑对方，请先解除。',
  ALREADY_FRIENDS: '你们已经是好友。',
  REQUEST_PENDING: '您的申请正在等待对方处理。',
  REQUEST_NOT_FOUND: '该申请已被处理，或已不存在。',
  NOT_FRIENDS: '你们已不是好友，无法发送消息。',
  GROUP_NOT_FOUND: '该群聊已不存在。',
  NOT_MEMBER: '您已不在该群中。',
  ALREADY_MEMBER: '您已在该群中。',
  NOT_ADMITTED: notAllowed.zh,
  GROUP_FULL: '该群聊人数已满。',
  TOO_MANY_GROUPS: '请先退出一个群聊。',
  ROLE_TOO_LOW: notAllowed.zh,
  MUTED: '您在该群中已被禁言。',
  CALL_NOT_FOUND: '通话已结束。',
  NOT_BLOCKED: '对方未被拉黑。',

  MEDIA_NOT_FOUND: '文件已不存在，或您无权查看。',
  MEDIA_REFUSED: '无法使用此文件。',
  MEDIA_TOO_LARGE: '文件过大。',
  MEDIA_QUOTA: '您的文件存储空间已满。',

  BAD_FRAME: '此消息的格式无法发送。',
  UNKNOWN_FRAME: outdated.zh,
  TOO_LARGE: '消息过长，文字不得超过 16 KB。',
  CONFLICT: '此消息已以其他内容发送过。',
  UNPROCESSABLE: '此消息无法保存。',

  UNREACHABLE: unreachable.zh,
  CLOSED: '连接已关闭，待发消息将在恢复后发出。',
  OUTBOX: '浏览器无法保存此消息，请清理空间后重试。',
  CANCELLED: '已取消。',
  TOO_SLOW: '消息过多，请刷新页面查看全部内容。',
}

export const reasons = { en, zh }
