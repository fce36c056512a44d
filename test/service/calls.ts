/** What each function asks of the databases: one list, for all tests that look at statements and not at answers. */
import type { Gateway } from '../../lib/client/gateway.ts'
import type { Db } from '../../lib/client/mysql.ts'
import type { Redis } from '../../lib/client/redis.ts'
import * as block from '../../lib/service/block.ts'
import * as chat from '../../lib/service/chat.ts'
import * as friend from '../../lib/service/friend.ts'
import * as friendRequest from '../../lib/service/friend-request.ts'
import * as user from '../../lib/service/user.ts'
import { accept } from '../../lib/wire/friend.ts'

/** Who is there when the calls are made. */
export interface Scene {
  clients: { db: Db; redis: Redis; gateway: Gateway }
  /** Begins the names of all people whom the calls make. */
  name: string
  /** A friend of bob and of eve. */
  ada: number
  bob: number
  eve: number
  /** Nobody's friend. */
  stranger: number
}

export type Call = [title: string, make: (scene: Scene) => Promise<unknown>]

const password = 'correct horse'
const newcomer = ({ name }: Scene) => `${name}-new`

async function claimsOfNewcomer(scene: Scene) {
  const { id, username } = await user.search(scene.clients, { username: newcomer(scene) })
  return { userId: id, username, sessionId: '0.one', expiresAt: Math.floor(Date.now() / 1000) + 60 }
}

async function acceptFrom({ clients, ada, stranger }: Scene): Promise<void> {
  const [request] = (await friendRequest.pending(clients, ada)).filter(({ sender_id }) => sender_id === stranger)
  await friendRequest.decide(clients, ada, { request_id: request?.id ?? 0, action: accept })
}

const afterFive = (target_id: number) => ({ target_id, after_seq: 5 })

/** Each route's service under the name of its function, in an order in which each has something to do. */
export const routeCalls: Call[] = [
  ['user/register', (s) => user.register(s.clients, { username: newcomer(s), password }, s.name)],
  ['user/login', (s) => user.logIn(s.clients, { username: newcomer(s), password }, s.name)],
  ['user/profile', (s) => user.profile(s.clients, s.bob)],
  ['user/update-profile', (s) => user.changeProfile(s.clients, s.bob, { nickname: 'Bob' })],
  [
    'user/update-password',
    async (s) =>
      user.changePassword(s.clients, await claimsOfNewcomer(s), { old_password: password, new_password: 'new horse' }),
  ],
  ['user/search', (s) => user.search(s.clients, { username: newcomer(s) })],
  ['user/logout', async (s) => user.logOut(s.clients, await claimsOfNewcomer(s))],
  ['friend/request', (s) => friendRequest.ask(s.clients, s.stranger, { target_id: s.ada })],
  ['friend/handle', acceptFrom],
  ['friend/requests', (s) => friendRequest.pending(s.clients, s.ada)],
  ['friend/list', (s) => friend.list(s.clients, s.ada)],
  ['friend/info', (s) => friend.info(s.clients, s.ada, { target_id: s.bob })],
  ['friend/mark-read', (s) => friend.markRead(s.clients, s.ada, { target_id: s.bob })],
  ['friend/desc', (s) => friend.describe(s.clients, s.ada, { target_id: s.bob, desc: 'Bobby' })],
  ['chat/history', (s) => chat.history(s.clients, s.ada, { target_id: s.bob, limit: 100 })],
  ['chat/history after', (s) => chat.history(s.clients, s.ada, { target_id: s.bob, after_seq: 10, limit: 100 })],
  ['chat/history before', (s) => chat.history(s.clients, s.ada, { target_id: s.bob, before_seq: 90, limit: 100 })],
  ['chat/sync', (s) => chat.sync(s.clients, s.ada, { conversations: [s.bob, s.eve].map(afterFive), limit: 100 })],
  ['friend/delete', (s) => friend.remove(s.clients, s.ada, { target_id: s.bob })],
  ['friend/block', (s) => block.block(s.clients, s.ada, { target_id: s.eve })],
  ['friend/block-list', (s) => block.list(s.clients, s.ada)],
  ['friend/unblock', (s) => block.unblock(s.clients, s.ada, { target_id: s.eve })],
]
