/** The routes of the HTTP API with their schemas: the deployed functions, the API page and the catch-all use this table. */
import type * as z from 'zod/mini'
import { IceServers } from './call.ts'
import { History, HistoryQuery, SearchQuery, SyncedConversations, SyncRequest } from './chat.ts'
import { Export, ExportQuery } from './export.ts'
import {
  BlockedUsers,
  Description,
  FriendInfo,
  FriendRequest,
  Friends,
  PendingRequests,
  Target,
  TargetQuery,
  Verdict,
} from './friend.ts'
import {
  Ban,
  CodeQuery,
  GroupInfo,
  GroupMembers,
  GroupQuery,
  GroupRequests,
  GroupSettings,
  GroupTarget,
  GroupUpdate,
  Invitation,
  JoinRequest,
  MembersQuery,
  MemberTarget,
  MemberUpdate,
  Mute,
  MyGroups,
  NewGroup,
  Notify,
  Reads,
  ReadsQuery,
} from './group.ts'
import { Health } from './health.ts'
import { Download, DownloadRequest, NewAvatar, Upload, UploadRequest } from './media.ts'
import { PageQuery, TimePageQuery } from './page.ts'
import { OpenSessions, SessionEnd, SessionsEnd } from './session.ts'
import { SocketTicket } from './socket.ts'
import {
  AccountDeletion,
  Credentials,
  Identity,
  LoggedIn,
  PasswordChange,
  Person,
  Profile,
  ProfileChange,
  Registration,
  RenewedToken,
  UserSearch,
} from './user.ts'

export interface Route {
  summary: { en: string; zh: string }
  /** It needs no token. */
  isPublic?: true
  body?: z.ZodMiniType
  /** In place of JSON, the body is a form with a file in this field. */
  file?: string
  query?: z.ZodMiniType
  /** The envelope's `data` on success; absent if not given. */
  data?: z.ZodMiniType
}

type Key = `${'GET' | 'POST' | 'PUT'} /api/${string}`

const changeProfile = {
  summary: { en: 'Update the given fields of my profile', zh: '修改个人资料（仅提交的字段）' },
  body: ProfileChange,
  data: Profile,
}

/** By method and path. */
export const routes: Record<Key, Route> = {
  'POST /api/user/register': {
    summary: { en: 'Register', zh: '注册' },
    isPublic: true,
    body: Registration,
  },
  'POST /api/user/login': {
    summary: { en: 'Log in', zh: '登录' },
    isPublic: true,
    body: Credentials,
    data: LoggedIn,
  },
  'POST /api/user/logout': { summary: { en: 'Log out', zh: '退出登录' } },
  'GET /api/user/sessions': {
    summary: { en: 'List my sessions, the latest log-in first', zh: '我的登录会话，最近登录的在前' },
    query: PageQuery,
    data: OpenSessions,
  },
  'POST /api/user/sessions/end': {
    summary: { en: 'End one of my sessions', zh: '结束我的某个登录会话' },
    body: SessionEnd,
  },
  'POST /api/user/sessions/end-all': {
    summary: {
      en: 'End all my other sessions; on request this one, too',
      zh: '结束我的其他所有登录会话；可选择包含当前会话',
    },
    body: SessionsEnd,
  },
  'GET /api/user/info': { summary: { en: 'Get the current user', zh: '获取当前用户' }, data: Identity },
  'GET /api/user/profile': { summary: { en: 'Get my profile', zh: '获取个人资料' }, data: Profile },
  'PUT /api/user/profile': changeProfile,
  'POST /api/user/info/update': changeProfile,
  'POST /api/user/avatar': {
    summary: {
      en: 'Upload my picture: a form with one file of at most 4 MB',
      zh: '上传头像：含一个文件的表单，最大 4 MB',
    },
    file: 'avatar',
    data: NewAvatar,
  },
  'POST /api/user/password/update': {
    summary: { en: 'Change my password; ends all my other sessions', zh: '修改密码；结束其他所有会话' },
    body: PasswordChange,
    data: RenewedToken,
  },
  'POST /api/user/delete': {
    summary: {
      en: 'Delete my account; messages stay with those who got them',
      zh: '注销账号；已送达的消息仍归对方所有',
    },
    body: AccountDeletion,
  },
  'GET /api/user/export': {
    summary: { en: 'Export all my data, page by page', zh: '分页导出我的全部数据' },
    query: ExportQuery,
    data: Export,
  },
  'GET /api/user/search': {
    summary: { en: 'Find a user by exact username', zh: '按用户名精确查找用户' },
    query: UserSearch,
    data: Person,
  },

  'POST /api/friend/request': {
    summary: { en: 'Send a friend request', zh: '发送好友申请' },
    body: FriendRequest,
  },
  'POST /api/friend/handle': {
    summary: { en: 'Accept or decline a friend request', zh: '同意或拒绝好友申请' },
    body: Verdict,
  },
  'GET /api/friend/requests': {
    summary: { en: 'List pending friend requests, newest first', zh: '待处理的好友申请，最新的在前' },
    query: PageQuery,
    data: PendingRequests,
  },
  'GET /api/friend/list': {
    summary: { en: 'List friends, most recent conversation first', zh: '好友列表，最近聊天的在前' },
    query: TimePageQuery,
    data: Friends,
  },
  'GET /api/friend/info': {
    summary: { en: 'Get a friend, with email and phone', zh: '好友详情，含邮箱和电话' },
    query: TargetQuery,
    data: FriendInfo,
  },
  'POST /api/friend/mark-read': {
    summary: { en: "Mark a friend's messages as read", zh: '将好友消息标为已读' },
    body: Target,
  },
  'POST /api/friend/desc': {
    summary: { en: "Set a friend's alias", zh: '设置好友备注' },
    body: Description,
  },
  'POST /api/friend/delete': {
    summary: { en: 'Remove a friend, in both directions', zh: '删除好友，双向解除' },
    body: Target,
  },
  'POST /api/friend/block': {
    summary: { en: 'Block a user; ends a friendship', zh: '拉黑用户；好友关系随之解除' },
    body: Target,
  },
  'POST /api/friend/unblock': {
    summary: { en: 'Unblock a user', zh: '取消拉黑' },
    body: Target,
  },
  'GET /api/friend/block/list': {
    summary: { en: 'List blocked users', zh: '黑名单' },
    query: PageQuery,
    data: BlockedUsers,
  },

  'POST /api/group/create': {
    summary: { en: 'Create a group', zh: '创建群聊' },
    body: NewGroup,
    data: GroupInfo,
  },
  'GET /api/group/info': {
    summary: { en: 'Get a group that I belong to', zh: '群资料' },
    query: GroupQuery,
    data: GroupInfo,
  },
  'POST /api/group/info/update': {
    summary: { en: "Change a group's name, description or icon", zh: '修改群名称、简介或头像' },
    body: GroupUpdate,
  },
  'POST /api/group/settings': {
    summary: { en: 'Change how one joins a group and what one sees then', zh: '修改入群方式与历史可见范围' },
    body: GroupSettings,
  },
  'GET /api/group/members': {
    summary: { en: 'List the members, the owner and administrators first', zh: '群成员列表，群主与管理员在前' },
    query: MembersQuery,
    data: GroupMembers,
  },
  'POST /api/group/members/update': {
    summary: { en: 'Name a member, or change a role', zh: '修改群昵称或成员角色' },
    body: MemberUpdate,
  },
  'GET /api/group/my-groups': {
    summary: { en: 'List my groups, most recent conversation first', zh: '我的群聊，最近聊天的在前' },
    query: TimePageQuery,
    data: MyGroups,
  },
  'GET /api/group/search': {
    summary: { en: 'Find a group by its code', zh: '按群号查找群聊' },
    query: CodeQuery,
    data: GroupInfo,
  },
  'POST /api/group/join': {
    summary: { en: 'Join a group, or ask to', zh: '加入群聊或提交入群申请' },
    body: JoinRequest,
  },
  'GET /api/group/requests': {
    summary: { en: 'List the requests to join that I may decide, newest first', zh: '待我处理的入群申请，最新的在前' },
    query: PageQuery,
    data: GroupRequests,
  },
  'POST /api/group/handle-join': {
    summary: { en: 'Accept or decline a request to join', zh: '同意或拒绝入群申请' },
    body: Verdict,
  },
  'POST /api/group/invite': {
    summary: { en: 'Make friends members', zh: '邀请好友入群' },
    body: Invitation,
  },
  'POST /api/group/kick': {
    summary: { en: 'Remove a member', zh: '移出群成员' },
    body: MemberTarget,
  },
  'POST /api/group/ban': {
    summary: { en: 'Keep somebody out of a group, or lift it', zh: '禁止或允许某人加入群聊' },
    body: Ban,
  },
  'POST /api/group/mute': {
    summary: { en: 'Take the word from a member or from all, or give it back', zh: '对成员或全员禁言，或解除禁言' },
    body: Mute,
  },
  'POST /api/group/transfer': {
    summary: { en: 'Make another member the owner', zh: '转让群主' },
    body: MemberTarget,
  },
  'POST /api/group/quit': {
    summary: { en: 'Leave a group', zh: '退出群聊' },
    body: GroupTarget,
  },
  'POST /api/group/dissolve': {
    summary: { en: 'End a group', zh: '解散群聊' },
    body: GroupTarget,
  },
  'POST /api/group/mark-read': {
    summary: { en: "Mark a group's messages as read", zh: '将群消息标为已读' },
    body: Target,
  },
  'GET /api/group/reads': {
    summary: { en: 'See who has read a message', zh: '查看消息的已读成员' },
    query: ReadsQuery,
    data: Reads,
  },
  'POST /api/group/notify': {
    summary: { en: 'Set of which messages of a group I want to be told', zh: '设置群消息提醒级别' },
    body: Notify,
  },

  'GET /api/chat/history': {
    summary: {
      en: 'Get a page of messages, oldest first; the latest page by default',
      zh: '聊天记录，每页按时间升序；默认最新一页',
    },
    query: HistoryQuery,
    data: History,
  },
  'POST /api/chat/sync': {
    summary: { en: 'Get the messages that a device has missed', zh: '同步设备错过的消息' },
    body: SyncRequest,
    data: SyncedConversations,
  },
  'GET /api/chat/search': {
    summary: {
      en: 'Find messages that hold a text, in one conversation or in all of mine, the newest first',
      zh: '按文字查找消息，可限定某个会话，最新的在前',
    },
    query: SearchQuery,
    data: History,
  },

  'GET /api/call/ice-servers': {
    summary: { en: 'Get the STUN and TURN servers for a call', zh: '获取通话所用的 STUN 与 TURN 服务器' },
    data: IceServers,
  },

  'POST /api/ws/ticket': {
    summary: { en: 'Get a ticket that opens one socket within 30 s', zh: '获取连接凭票，30 秒内可建立一次连接' },
    data: SocketTicket,
  },

  'POST /api/media/upload': {
    summary: { en: 'Announce a file: get the address to put it to', zh: '上传文件：获取上传地址' },
    body: UploadRequest,
    data: Upload,
  },
  'POST /api/media/download': {
    summary: { en: 'Get the address of a file that I may see', zh: '下载文件：获取有权查看的文件地址' },
    body: DownloadRequest,
    data: Download,
  },

  'GET /api/health': {
    summary: {
      en: 'Check that the service answers; on a machine, also each dependency',
      zh: '检查服务是否可用；本机运行时同时检查各依赖服务',
    },
    isPublic: true,
    data: Health,
  },
}
