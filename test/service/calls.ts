/** What each function asks of the databases: one list, for all tests that look at statements and not at answers. */
import type { PushClients } from '../../lib/client/clients.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { openStorage } from '../../lib/client/storage.ts'
import { ChatType } from '../../lib/core/address.ts'
import { incomingPath, mediaPathOf } from '../../lib/core/media-path.ts'
import { Refusal } from '../../lib/core/refusal.ts'
import * as token from '../../lib/core/token.ts'
import * as openSession from '../../lib/service/account/open-session.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as announcement from '../../lib/service/contact/announcement.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { history } from '../../lib/service/conversation/history.ts'
import { search } from '../../lib/service/conversation/search.ts'
import { sync } from '../../lib/service/conversation/sync.ts'
import * as group from '../../lib/service/group/group.ts'
import * as joining from '../../lib/service/group/join.ts'
import * as membership from '../../lib/service/group/membership.ts'
import * as groupRead from '../../lib/service/group/read.ts'
import * as avatar from '../../lib/service/media/avatar.ts'
import * as download from '../../lib/service/media/download.ts'
import { deleteUnused } from '../../lib/service/media/sweep.ts'
import * as upload from '../../lib/service/media/upload.ts'
import * as consumer from '../../lib/service/message/consume.ts'
import * as deadLetter from '../../lib/service/message/dead-letter.ts'
import * as deadLetters from '../../lib/service/message/dead-letter-command.ts'
import * as cleanup from '../../lib/service/operations/cleanup.ts'
import * as health from '../../lib/service/operations/health.ts'
import * as deletion from '../../lib/service/personal-data/deletion.ts'
import * as erasure from '../../lib/service/personal-data/erasure.ts'
import * as exported from '../../lib/service/personal-data/export.ts'
import { exportParts } from '../../lib/wire/export.ts'
import { accept } from '../../lib/wire/friend.ts'
import { drawn } from '../support/picture.ts'
import { delivered, device, listeningTopic, noSlices, record } from './stage.ts'

/** Who is there when the calls are made. */
export interface Scene {
  clients: PushClients
  /** Begins the names of all people whom the calls make. */
  name: string
  /** A friend of bob and of eve, and with bob in a group that has his id. */
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
  const [request] = (await friendRequest.pending(clients, ada)).items.filter(({ sender_id }) => sender_id === stranger)
  await friendRequest.decide(clients, ada, { request_id: request?.id ?? 0, action: accept })
}

const afterFive = (target_id: number) => ({ target_id, chat_type: ChatType.direct, after_seq: 5 })
const withBob = ({ bob }: Scene) => ({ target_id: bob, chat_type: ChatType.direct })
const inGroup = ({ bob }: Scene) => ({ target_id: bob, chat_type: ChatType.group })

const by = (userId: number) => ({ userId, language: 'en' as const })

/** The group of these calls, as one of its members finds it. */
async function ownGroup({ clients, ada, name }: Scene, member = ada): Promise<{ group_id: number }> {
  const { id } = await clients.db
    .selectFrom('groups as g')
    .select('g.id')
    .where('g.creator_id', '=', ada)
    .where('g.client_group_id', '=', Buffer.from(name))
    .executeTakeFirstOrThrow()
  await group.requireMember(clients.db, member, id)
  return { group_id: id }
}

async function admit({ clients, ada, stranger }: Scene): Promise<void> {
  const [request] = (await joining.pending(clients, ada)).items.filter(({ sender_id }) => sender_id === stranger)
  await joining.decide(clients, by(ada), { request_id: request?.id ?? 0, action: accept })
}

async function ignoringRefusal(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
  })
}

const host = 'localhost'
const withStorage = ({ clients: { db } }: Scene) => ({ db, storage: openStorage() })

/** A file of ada's that has come. @returns its address. */
async function uploaded(scene: Scene): Promise<string> {
  const clients = withStorage(scene)
  const { file_url } = await upload.announce(clients, scene.ada, { filename: 'a.txt', type: 'chat' }, host)
  const { name = Buffer.alloc(0) } = mediaPathOf(file_url) ?? {}
  await clients.storage.put(incomingPath(name), new Uint8Array([1, 2, 3]), 'text/plain')
  return file_url
}

/** A picture that ada shows, and shows again. */
async function showPicture(scene: Scene): Promise<void> {
  const clients = withStorage(scene)
  const changed = await avatar.change(clients, scene.ada, await drawn('image/png'), host)
  await avatar.use(clients, scene.ada, changed.avatar, true)
}

/** What was announced long ago, and never used. */
async function sweepFiles(scene: Scene): Promise<void> {
  const clients = withStorage(scene)
  const name = Buffer.from(scene.name.replace(/\D/g, '').padEnd(16, '0').slice(0, 16))
  const path = `chat-files/19700101/${name.toString('hex')}`
  await clients.db
    .insertInto('media')
    .values({ name, path, filename: '', owner_id: scene.ada, created_at: 0 })
    .execute()
  await deleteUnused(clients, Date.now())
}

/** Each route's service under the name of its function, in an order in which each has something to do. */
export const routeCalls: Call[] = [
  ['user/register', (s) => user.register({ ...s.clients, passwords }, { username: newcomer(s), password }, s.name)],
  [
    'user/login',
    (s) => user.logIn({ ...s.clients, passwords, signingKey }, { username: newcomer(s), password }, s.name),
  ],
  [
    'user/login with an older hash',
    (s) => {
      const older = { ...passwords, isOutdated: () => true }
      const credentials = { username: newcomer(s), password }
      return user.logIn({ ...s.clients, passwords: older, signingKey }, credentials, s.name)
    },
  ],
  ['user/profile', (s) => user.profile(s.clients, s.bob)],
  ['user/update-profile', (s) => user.changeProfile(s.clients, s.bob, { nickname: 'Bob' })],
  [
    'user/update-password',
    async (s) =>
      user.changePassword(
        { ...s.clients, passwords, signingKey },
        await claimsOfNewcomer(s),
        { old_password: password, new_password: 'new horse' },
        s.name,
      ),
  ],
  ['user/sessions', async (s) => openSession.list(s.clients, await claimsOfNewcomer(s))],
  [
    'user/sessions-end',
    async (s) => {
      const { token: bearer } = await user.logIn(
        { ...s.clients, passwords, signingKey },
        { username: newcomer(s), password: 'new horse' },
        s.name,
      )
      const claims = token.verify(bearer)
      const [latest] = (await openSession.list(s.clients, claims)).items
      await openSession.endOne(s.clients, claims, { session_id: latest?.id ?? 0 })
    },
  ],
  ['user/sessions-end-all', async (s) => openSession.endAll(s.clients, await claimsOfNewcomer(s), {})],
  ['user/search', (s) => user.search(s.clients, { username: newcomer(s) })],
  [
    'user/delete',
    async (s) => {
      const leaver = { username: `${s.name}-leaver`, password }
      await user.register({ ...s.clients, passwords }, leaver, s.name)
      const claims = token.verify((await user.logIn({ ...s.clients, passwords, signingKey }, leaver, s.name)).token)
      await friendRequest.ask(s.clients, claims.userId, { target_id: s.ada, remark: '' })
      await deletion.remove({ ...s.clients, passwords }, claims, leaver, s.name)
    },
  ],
  [
    'user/export',
    async (s) => {
      for (const cursor of exportParts) await exported.page(s.clients, s.ada, { cursor })
    },
  ],
  ['user/logout', async (s) => user.logOut(s.clients, await claimsOfNewcomer(s))],
  ['friend/request', (s) => friendRequest.ask(s.clients, s.stranger, { target_id: s.ada })],
  ['friend/handle', acceptFrom],
  ['friend/requests', (s) => friendRequest.pending(s.clients, s.ada)],
  ['friend/list', (s) => friend.list(s.clients, s.ada)],
  ['friend/info', (s) => friend.info(s.clients, s.ada, { target_id: s.bob })],
  ['friend/mark-read', (s) => friend.markRead(s.clients, s.ada, { target_id: s.bob })],
  ['friend/desc', (s) => friend.describe(s.clients, s.ada, { target_id: s.bob, desc: 'Bobby' })],
  ['chat/history', (s) => history(s.clients, s.ada, { ...withBob(s), limit: 100 })],
  ['chat/history after', (s) => history(s.clients, s.ada, { ...withBob(s), after_seq: 10, limit: 100 })],
  ['chat/history before', (s) => history(s.clients, s.ada, { ...withBob(s), before_seq: 90, limit: 100 })],
  ['chat/history in a group', (s) => history(s.clients, s.ada, { ...inGroup(s), limit: 100 })],
  ['chat/history in a group after', (s) => history(s.clients, s.ada, { ...inGroup(s), after_seq: 10, limit: 100 })],
  ['chat/history in a group before', (s) => history(s.clients, s.ada, { ...inGroup(s), before_seq: 90, limit: 100 })],
  ['chat/sync', (s) => sync(s.clients, s.ada, { conversations: [s.bob, s.eve].map(afterFive), limit: 100 })],
  [
    'chat/sync of a group',
    (s) => sync(s.clients, s.ada, { conversations: [{ ...inGroup(s), after_seq: 5 }], limit: 100 }),
  ],
  [
    'chat/sync of both',
    (s) => sync(s.clients, s.ada, { conversations: [afterFive(s.eve), { ...inGroup(s), after_seq: 5 }], limit: 100 }),
  ],
  ['chat/search', (s) => search(s.clients, s.ada, { q: 'hello' })],
  ['chat/search in a conversation', (s) => search(s.clients, s.ada, { q: 'hello', target_id: s.bob })],
  ['chat/search in a group', (s) => search(s.clients, s.ada, { q: 'hello', ...inGroup(s) })],
  [
    'group/create',
    (s) => group.create(s.clients, by(s.ada), { name: `${s.name}`.slice(0, 50), client_group_id: s.name }),
  ],
  ['group/create again', (s) => group.create(s.clients, by(s.ada), { name: 'Chess', client_group_id: s.name })],
  ['group/info', async (s) => group.info(s.clients, s.ada, await ownGroup(s))],
  ['group/info-update', async (s) => group.update(s.clients, by(s.ada), { ...(await ownGroup(s)), name: 'Chess' })],
  ['group/settings', async (s) => group.settle(s.clients, by(s.ada), { ...(await ownGroup(s)), history_policy: 2 })],
  ['group/search', (s) => ignoringRefusal(group.search(s.clients, { group_code: 'ZZZZ9999' }))],
  ['group/my-groups', (s) => group.list(s.clients, s.ada)],
  ['group/join', async (s) => joining.join(s.clients, by(s.stranger), await ownGroup(s))],
  ['group/requests', (s) => joining.pending(s.clients, s.ada)],
  ['group/handle-join', admit],
  ['group/members', async (s) => membership.members(s.clients, s.ada, await ownGroup(s))],
  [
    'group/members-update',
    async (s) => {
      const update = { ...(await ownGroup(s)), target_id: s.stranger, new_nickname: 'Rook', new_role: 2 as const }
      await membership.update(s.clients, by(s.ada), update)
    },
  ],
  ['group/invite', async (s) => membership.invite(s.clients, by(s.ada), { ...(await ownGroup(s)), user_ids: [s.bob] })],
  [
    'group/mute',
    async (s) => membership.mute(s.clients, by(s.ada), { ...(await ownGroup(s)), user_id: s.bob, muted: true }),
  ],
  ['group/mark-read', async (s) => groupRead.mark(s.clients, s.bob, { target_id: (await ownGroup(s)).group_id })],
  ['group/reads', async (s) => groupRead.reads(s.clients, s.ada, { ...(await ownGroup(s)), seq: 1 })],
  ['group/notify', async (s) => membership.notifyOf(s.clients, s.bob, { ...(await ownGroup(s)), level: 2 })],
  ['group/kick', async (s) => membership.kick(s.clients, by(s.ada), { ...(await ownGroup(s)), user_id: s.bob })],
  [
    'group/ban',
    async (s) => membership.ban(s.clients, by(s.ada), { ...(await ownGroup(s)), user_id: s.eve, banned: true }),
  ],
  [
    'group/ban lifted',
    async (s) => membership.ban(s.clients, by(s.ada), { ...(await ownGroup(s)), user_id: s.eve, banned: false }),
  ],
  [
    'group/transfer',
    async (s) => membership.transfer(s.clients, by(s.ada), { ...(await ownGroup(s)), user_id: s.stranger }),
  ],
  ['group/quit', async (s) => membership.quit(s.clients, by(s.ada), await ownGroup(s, s.stranger))],
  ['group/dissolve', async (s) => group.dissolve(s.clients, by(s.stranger), await ownGroup(s, s.stranger))],
  ['media/upload', uploaded],
  [
    'media/download',
    async (s) => download.address(withStorage(s), s.ada, { key: new URL(await uploaded(s)).pathname }, host),
  ],
  [
    'media/download before it has come',
    async (s) => {
      const wanted = { filename: 'a.txt', type: 'chat' as const }
      const { file_url } = await upload.announce(withStorage(s), s.ada, wanted, host)
      await ignoringRefusal(download.address(withStorage(s), s.ada, { key: new URL(file_url).pathname }, host))
    },
  ],
  [
    'media/download of another one',
    async (s) => {
      const key = new URL(await uploaded(s)).pathname
      await ignoringRefusal(download.address(withStorage(s), s.bob, { key }, host))
    },
  ],
  ['user/avatar', showPicture],
  ['friend/delete', (s) => friend.remove(s.clients, s.ada, { target_id: s.bob })],
  ['friend/block', (s) => block.block(s.clients, s.ada, { target_id: s.eve })],
  ['friend/block-list', (s) => block.list(s.clients, s.ada)],
  ['friend/unblock', (s) => block.unblock(s.clients, s.ada, { target_id: s.eve })],
]

/** Changes of all kinds of what has been said to a friend and in a group, where somebody is mentioned; they are read, too. */
async function changeAll(scene: Scene): Promise<void> {
  const { clients, ada, bob, eve } = scene
  const places = [{ target_id: eve, chat_type: ChatType.direct }, inGroup(scene)]
  for (const place of places) {
    const said = record(ada, eve, { ...place, mentions: [bob] })
    const file = record(ada, eve, { ...place, content: await uploaded(scene), media: 3 })
    await consumer.consume({ ...clients, slices: noSlices }, delivered(said, file), Date.now() + 20_000)
    const { items: rows } = await history(clients, ada, { ...place, limit: 2 })
    const { content: _none, media: _text, mentions: _who, ...common } = said
    const changes = rows.flatMap(({ seq }) => [
      { action: 'react' as const, content: '👍', seq },
      { action: 'react' as const, seq },
      { action: 'edit' as const, content: 'edited', seq },
      { action: 'recall' as const, seq },
    ])
    const records = changes.map((one, index) => ({
      ...{ ...common, kind: 'change' as const, record_id: `${said.record_id} ${index}` },
      ...one,
    }))
    for (const one of records) {
      await consumer.consume({ ...clients, slices: noSlices }, delivered(one), Date.now() + 20_000)
      await history(clients, ada, { ...place, limit: 20 })
      await sync(clients, ada, { conversations: [{ ...place, after_seq: 0 }], limit: 20 })
    }
  }
}

/** A batch to a friend and to a group, with repeats, with receipts, a record that the database refuses, and one that is none of ours. */
async function persistAll(scene: Scene): Promise<void> {
  const { clients, ada, bob, stranger } = scene
  const once = record(ada, stranger, { client_msg_id: 'once' })
  const tooLong = record(ada, stranger, { content: 'x'.repeat(70_000) })
  const { content: _none, media: _text, client_msg_id: _id, ...common } = record(stranger, ada)
  const read = { ...common, kind: 'read' as const, seq: 1 }
  const toGroup = record(ada, bob, inGroup(scene))
  const readInGroup = { ...read, record_id: 'read in a group', from_id: bob, ...inGroup(scene) }
  const file = record(ada, stranger, { content: await uploaded(scene), media: 3 })
  const batch = delivered(once, record(stranger, ada), toGroup, tooLong, once, read, readInGroup, file)
  const undecodable = delivered(once).map((one) => ({ ...one, value: undefined }))
  await consumer.consume({ ...clients, slices: noSlices }, [...batch, ...undecodable], Date.now() + 20_000)
}

/** What was given up, filed, found by a person, sent once more; and one that no one can read, discarded. */
async function fileAndFind({ clients: { db }, ada, stranger }: Scene): Promise<void> {
  const [given] = delivered(record(ada, stranger))
  if (!given) throw new Error('no record')
  const { topic, partition, offset } = given
  const envelope = {
    requestContext: { condition: 'RetryAttemptsExhausted' },
    payload: { records: { [`${topic}-${partition}`]: [{ topic, partition, offset, value: 'e30=' }] } },
  }
  await deadLetter.fileGivenUp({ db }, [
    { ...given, value: envelope },
    { ...given, offset: offset + 1, value: undefined },
  ])
  await deadLetter.newest({ db })
  const letters = await deadLetter.list({ db }, 10)
  const [first, second] = await Promise.all(letters.slice(-2).map(({ id }) => deadLetter.find({ db }, id)))
  if (!first || !second) throw new Error('nothing was filed')
  await deadLetter.replay({ db, messages: listeningTopic().topic, slices: noSlices }, first)
  await deadLetter.discard({ db }, second.id)
}

/** Somebody with friends has come online, some seconds ago. */
async function announceOne({ clients, ada }: Scene): Promise<void> {
  await presence.arrive(clients, device(ada, 'announced'), Date.now())
  while ((await announcement.announce(clients, Date.now() + 4_000)) > 0);
}

/** What the functions ask that serve no route, after those that do. */
export const otherCalls: Call[] = [
  ['socket/authorize', (s) => session.load(s.clients, s.ada)],
  ['socket/message', (s) => session.load(s.clients, s.ada)],
  ['stream/persist', persistAll],
  ['stream/persist of changes', changeAll],
  ['stream/dead-letter', fileAndFind],
  [
    'operations/dead-letters',
    ({ clients: { db } }) =>
      deadLetters.run({ db, messages: noSlices, slices: noSlices }, { command: 'list', after: 0 }),
  ],
  ['operations/sweep', (s) => cleanup.deleteExpired(s.clients, 0)],
  ['operations/sweep of files', sweepFiles],
  ['operations/sweep of deletions', (s) => erasure.sweep(s.clients, Date.now() + 180_000, Date.now() + 20_000)],
  ['operations/announce', announceOne],
  ['operations/check', (s) => health.check({ ...s.clients, messages: { check: async () => {} } })],
]
