/** The HTTP routes of the contract, each with an input that has the right shape. */
import { uniqueName } from './people.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  /** Answers without a token. */
  isOpen?: boolean
  body?: Record<string, unknown>
  query?: Record<string, string | number>
}

const target = { target_id: 1 }
const group = { group_id: 1 }
const credentials = { username: uniqueName('nobody'), password: 'secret' }

export const routes: Route[] = [
  { method: 'POST', path: '/api/user/register', isOpen: true, body: credentials },
  { method: 'POST', path: '/api/user/login', isOpen: true, body: credentials },
  { method: 'GET', path: '/api/user/info' },
  { method: 'GET', path: '/api/user/profile' },
  { method: 'PUT', path: '/api/user/profile', body: { nickname: 'Ada' } },
  { method: 'POST', path: '/api/user/info/update', body: { nickname: 'Ada' } },
  { method: 'POST', path: '/api/user/password/update', body: { old_password: 'secret', new_password: 'secret' } },
  { method: 'POST', path: '/api/user/logout' },
  { method: 'GET', path: '/api/user/sessions' },
  { method: 'POST', path: '/api/user/sessions/end', body: { session_id: 1 } },
  { method: 'POST', path: '/api/user/sessions/end-all', body: {} },
  { method: 'GET', path: '/api/user/export' },
  { method: 'POST', path: '/api/user/delete', body: { password: 'secret' } },
  { method: 'GET', path: '/api/user/search', query: { username: 'ada' } },
  { method: 'POST', path: '/api/friend/request', body: target },
  { method: 'POST', path: '/api/friend/handle', body: { request_id: 1, action: 1 } },
  { method: 'GET', path: '/api/friend/requests' },
  { method: 'GET', path: '/api/friend/list' },
  { method: 'GET', path: '/api/friend/info', query: target },
  { method: 'POST', path: '/api/friend/mark-read', body: target },
  { method: 'POST', path: '/api/friend/delete', body: target },
  { method: 'POST', path: '/api/friend/block', body: target },
  { method: 'POST', path: '/api/friend/unblock', body: target },
  { method: 'POST', path: '/api/friend/desc', body: { ...target, desc: 'Ada' } },
  { method: 'GET', path: '/api/friend/block/list' },
  { method: 'POST', path: '/api/group/create', body: { name: 'Chess' } },
  { method: 'GET', path: '/api/group/info', query: group },
  { method: 'POST', path: '/api/group/info/update', body: { ...group, name: 'Go' } },
  { method: 'POST', path: '/api/group/settings', body: group },
  { method: 'GET', path: '/api/group/members', query: group },
  { method: 'POST', path: '/api/group/members/update', body: { ...group, ...target } },
  { method: 'GET', path: '/api/group/my-groups' },
  { method: 'GET', path: '/api/group/search', query: { group_code: 'ZZZZ9999' } },
  { method: 'POST', path: '/api/group/join', body: group },
  { method: 'POST', path: '/api/group/handle-join', body: { request_id: 1, action: 1 } },
  { method: 'POST', path: '/api/group/invite', body: { ...group, user_ids: [1] } },
  { method: 'POST', path: '/api/group/kick', body: { ...group, user_id: 1 } },
  { method: 'POST', path: '/api/group/ban', body: { ...group, user_id: 1, banned: true } },
  { method: 'POST', path: '/api/group/mute', body: { ...group, muted: true } },
  { method: 'POST', path: '/api/group/transfer', body: { ...group, user_id: 1 } },
  { method: 'POST', path: '/api/group/quit', body: group },
  { method: 'POST', path: '/api/group/dissolve', body: group },
  { method: 'POST', path: '/api/group/mark-read', body: target },
  { method: 'GET', path: '/api/group/reads', query: { ...group, seq: 1 } },
  { method: 'POST', path: '/api/group/notify', body: { ...group, level: 0 } },
  { method: 'GET', path: '/api/group/requests' },
  { method: 'GET', path: '/api/chat/history', query: target },
  { method: 'GET', path: '/api/chat/search', query: { q: 'hello', ...target } },
  { method: 'POST', path: '/api/chat/sync', body: { conversations: [{ target_id: 1, after_seq: 0 }] } },
  { method: 'POST', path: '/api/ws/ticket' },
  { method: 'GET', path: '/api/health', isOpen: true },
]

/** Values that are no id where JSON carries them. */
export const notIds: [title: string, value: unknown][] = [
  ['zero', 0],
  ['a negative number', -1],
  ['two to the 53rd', 2 ** 53],
  ['a fraction', 1.5],
  ['digits in a string', '2'],
  ['a word', 'text'],
  ['null', null],
  ['true', true],
  ['an array', [1]],
  ['an object', {}],
]

/** Values that are no id where a query string carries them. */
export const notQueryIds = ['', '0', '-1', '1.5', 'text', '9007199254740992', '1e3', '0x1f', '1 2', 'NaN', '１']

/** Well formed, and nobody's. */
export const nobody = { id: Number.MAX_SAFE_INTEGER }
