/** The routes over HTTP, each with what it takes and gives: the API's description and the catch-all read this table. */
import type * as z from 'zod/mini'
import { History, HistoryQuery, SyncedConversations, SyncRequest } from './chat.ts'
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
import { Groups } from './group.ts'
import { Health } from './health.ts'
import { PageQuery } from './page.ts'
import {
  Credentials,
  Identity,
  LoggedIn,
  PasswordChange,
  Person,
  Profile,
  ProfileChange,
  Registration,
  UserSearch,
} from './user.ts'

export interface Route {
  summary: { en: string; zh: string }
  /** Anyone may call it, without a token. */
  open?: true
  body?: z.ZodMiniType
  query?: z.ZodMiniType
  /** What stands in the envelope's `data` on success; nothing when not given. */
  data?: z.ZodMiniType
}

type Key = `${'GET' | 'POST' | 'PUT'} /api/${string}`

const changeProfile = {
  summary: { en: 'Change the given fields of my profile', zh: '修改个人资料' },
  body: ProfileChange,
  data: Profile,
}

/** By method and path. */
export const routes: Record<Key, Route> = {
  'POST /api/user/register': {
    summary: { en: 'Make an account', zh: '注册' },
    open: true,
    body: Registration,
  },
  'POST /api/user/login': {
    summary: { en: 'Log in: opens a session', zh: '登录' },
    open: true,
    body: Credentials,
    data: LoggedIn,
  },
  'POST /api/user/logout': { summary: { en: 'Log out: ends this session', zh: '退出登录' } },
  'GET /api/user/info': { summary: { en: 'Who I am', zh: '当前用户' }, data: Identity },
  'GET /api/user/profile': { summary: { en: 'My profile', zh: '个人资料' }, data: Profile },
  'PUT /api/user/profile': changeProfile,
  'POST /api/user/info/update': changeProfile,
  'POST /api/user/password/update': {
    summary: { en: 'Change my password: ends all my other sessions', zh: '修改密码' },
    body: PasswordChange,
  },
  'GET /api/user/search': {
    summary: { en: 'Find a user by exact name', zh: '按用户名查找用户' },
    query: UserSearch,
    data: Person,
  },

  'POST /api/friend/request': {
    summary: { en: 'Ask someone for friendship', zh: '发送好友申请' },
    body: FriendRequest,
  },
  'POST /api/friend/handle': {
    summary: { en: 'Accept or refuse a friend request', zh: '处理好友申请' },
    body: Verdict,
  },
  'GET /api/friend/requests': {
    summary: { en: 'Friend requests that wait for me, newest first', zh: '待处理的好友申请' },
    query: PageQuery,
    data: PendingRequests,
  },
  'GET /api/friend/list': {
    summary: { en: 'My friends, the last spoken with first', zh: '好友列表' },
    query: PageQuery,
    data: Friends,
  },
  'GET /api/friend/info': {
    summary: { en: 'One friend, with email and phone', zh: '好友详情' },
    query: TargetQuery,
    data: FriendInfo,
  },
  'POST /api/friend/mark-read': {
    summary: { en: "Mark a friend's messages as read", zh: '将好友消息标为已读' },
    body: Target,
  },
  'POST /api/friend/desc': {
    summary: { en: 'Give a friend a name of my own', zh: '设置好友备注' },
    body: Description,
  },
  'POST /api/friend/delete': {
    summary: { en: 'End a friendship, in both directions', zh: '删除好友' },
    body: Target,
  },
  'POST /api/friend/block': {
    summary: { en: 'Block someone; ends a friendship', zh: '拉黑' },
    body: Target,
  },
  'POST /api/friend/unblock': {
    summary: { en: 'Lift a block', zh: '取消拉黑' },
    body: Target,
  },
  'GET /api/friend/block/list': {
    summary: { en: 'Whom I have blocked', zh: '黑名单' },
    query: PageQuery,
    data: BlockedUsers,
  },

  'GET /api/group/my-groups': { summary: { en: 'My groups: none yet', zh: '我的群组（暂未开放）' }, data: Groups },
  'GET /api/group/requests': { summary: { en: 'Group requests: none yet', zh: '群组申请（暂未开放）' }, data: Groups },

  'GET /api/chat/history': {
    summary: { en: 'A page of the messages with someone, oldest first: the latest by default', zh: '聊天记录' },
    query: HistoryQuery,
    data: History,
  },
  'POST /api/chat/sync': {
    summary: { en: 'What a device has missed in its conversations', zh: '同步离线期间的消息' },
    body: SyncRequest,
    data: SyncedConversations,
  },

  'GET /api/health': { summary: { en: 'The state of each dependency', zh: '服务状态' }, open: true, data: Health },
}
