/** The export of a user's data: whole, page by page, and nothing that is not the user's to take away. */
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { store } from '../../lib/service/message/store.ts'
import * as exported from '../../lib/service/personal-data/export.ts'
import type { ExportEntry } from '../../lib/wire/export.ts'
import { befriend, closeClients, db, listeningGateway, person, range, record, redis, unfriend } from './stage.ts'
import { group, join, leave, recordInGroup } from './talk.ts'

afterAll(closeClients)

const clients = { db, redis, gateway: listeningGateway().gateway }
const responseMaxBytes = 6 * 1024 * 1024

/** All pages, each with what its response would hold. */
async function pagesOf(caller: number): Promise<ExportEntry[][]> {
  const pages: ExportEntry[][] = []
  for (let cursor: string | undefined = 'profile'; cursor !== undefined; ) {
    const { items, next } = await exported.page({ db }, caller, { cursor })
    pages.push(items)
    cursor = next === undefined ? undefined : String(next.cursor)
    if (pages.length > 200) throw new Error('an export without an end')
  }
  return pages
}

const exportOf = async (caller: number): Promise<ExportEntry[]> => (await pagesOf(caller)).flat()
const ofKind = <Kind extends ExportEntry['kind']>(entries: readonly ExportEntry[], kind: Kind) =>
  entries.filter((entry): entry is Extract<ExportEntry, { kind: Kind }> => entry.kind === kind)
const say = (...records: Parameters<typeof store>[1][number][]) => store({ db }, records, Date.now())

describe('an export', () => {
  it('holds the profile, sessions, friends, blocks, requests of both directions, conversations and messages', async () => {
    const [ada, bob, carol, dan, eve] = await Promise.all(['ada', 'bob', 'carol', 'dan', 'eve'].map(person))
    if (!(ada && bob && carol && dan && eve)) throw new Error('nobody')
    await db.updateTable('users').set({ email: 'ada@example.com', nickname: 'Ada' }).where('id', '=', ada).execute()
    const session = { device: 'Phone/1', address: '203.0.113.9', created_at: 1, expires_at: 2 }
    await db
      .insertInto('open_sessions')
      .values({ user_id: ada, session_id: '0.secret', ...session })
      .execute()
    await befriend(ada, bob)
    await db.updateTable('relations').set({ desc: 'Bobby' }).where('owner_id', '=', ada).execute()
    await friendRequest.ask(clients, ada, { target_id: carol, remark: 'hello\ncarol' })
    await friendRequest.ask(clients, dan, { target_id: ada, remark: 'hello ada' })
    await block.block(clients, ada, { target_id: eve })
    const place = await group(ada, bob)
    await say(record(ada, bob, { content: 'one' }), record(bob, ada, { content: 'two' }), recordInGroup(bob, place))

    const entries = await exportOf(ada)

    expect(ofKind(entries, 'profile')).toEqual([
      expect.objectContaining({ id: ada, nickname: 'Ada', email: 'ada@example.com', phone: '' }),
    ])
    expect(ofKind(entries, 'session')).toEqual([{ kind: 'session', ...session }])
    expect(ofKind(entries, 'friend')).toMatchObject([{ user_id: bob, desc: 'Bobby' }])
    expect(ofKind(entries, 'block')).toMatchObject([{ user_id: eve }])
    expect(ofKind(entries, 'request_sent')).toMatchObject([{ user_id: carol, remark: 'hello\ncarol', waiting: true }])
    expect(ofKind(entries, 'request_received')).toMatchObject([{ user_id: dan, remark: 'hello ada', waiting: true }])
    expect(ofKind(entries, 'conversation')).toMatchObject([
      { chat_type: ChatType.direct, target_id: bob, member: true, last_seq: 2 },
      { chat_type: ChatType.group, target_id: place, member: true, last_seq: 1 },
    ])
    expect(ofKind(entries, 'message').map(({ target_id, from_user_id, content }) => [target_id, from_user_id, content]))
      // The group has an id of its own.
      .toEqual([
        [bob, ada, 'one'],
        [bob, bob, 'two'],
        [place, bob, 'hello'],
      ])
    for (const { kind } of entries) expect(typeof kind).toBe('string')
  })

  it('holds no secret, neither the user’s nor those of others', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map(person))
    if (!(ada && bob)) throw new Error('nobody')
    const secrets = { password: '$2b$10$secret-hash' }
    await db.updateTable('users').set(secrets).where('id', 'in', [ada, bob]).execute()
    await db
      .updateTable('users')
      .set({ email: 'bob@private.example', phone: '555 0100' })
      .where('id', '=', bob)
      .execute()
    await befriend(ada, bob)
    const text = JSON.stringify(await exportOf(ada))
    expect(text).not.toMatch(/secret-hash|private\.example|555 0100|session_id|username_key|epoch/)
  })

  it('tells nobody that a request was hidden by a block, and shows it to nobody', async () => {
    const [ada, bob] = await Promise.all(['ada', 'bob'].map(person))
    if (!(ada && bob)) throw new Error('nobody')
    await friendRequest.ask(clients, ada, { target_id: bob, remark: 'before' })
    const before = ofKind(await exportOf(ada), 'request_sent')
    await block.block(clients, bob, { target_id: ada })
    expect(ofKind(await exportOf(ada), 'request_sent')).toEqual(before)
    expect(ofKind(await exportOf(bob), 'request_received')).toEqual([])
    expect(ofKind(await exportOf(ada), 'block')).toEqual([])
  })

  it('ends where a membership has ended, and begins where it began', async () => {
    const [ada, bob, eve] = await Promise.all(['ada', 'bob', 'eve'].map(person))
    if (!(ada && bob && eve)) throw new Error('nobody')
    const place = await group(bob, eve)
    await say(recordInGroup(bob, place, { content: 'early' }))
    await join(place, ada)
    await db.updateTable('members').set({ from_seq: 2 }).where('user_id', '=', ada).execute()
    await say(recordInGroup(bob, place, { content: 'meant for her' }))
    await leave(place, ada)
    await say(recordInGroup(bob, place, { content: 'late' }))
    await befriend(ada, bob)
    await say(record(bob, ada, { content: 'as friends' }))
    await unfriend(ada, bob)
    const entries = await exportOf(ada)
    expect(ofKind(entries, 'message').map(({ content }) => content)).toEqual(['meant for her', 'as friends'])
    expect(ofKind(entries, 'conversation').map(({ member }) => member)).toEqual([false, false])
  })

  it('of another’s conversation is none, whatever cursor names it', async () => {
    const [ada, bob, eve] = await Promise.all(['ada', 'bob', 'eve'].map(person))
    if (!(ada && bob && eve)) throw new Error('nobody')
    await befriend(ada, bob)
    await say(record(ada, bob, { content: 'private' }))
    const { id } = await db
      .selectFrom('conversations')
      .select('id')
      .where('low_id', '=', Math.min(ada, bob))
      .where('high_id', '=', Math.max(ada, bob))
      .executeTakeFirstOrThrow()
    for (const cursor of [`messages-${id}`, `messages-${id}-0`, `conversations-${id - 1}`, 'friends-0', 'sent-0']) {
      expect((await exported.page({ db }, eve, { cursor })).items).toEqual([])
    }
    expect((await exported.page({ db }, ada, { cursor: `messages-${id}-0` })).items).toHaveLength(1)
  })

  it('of long messages in many conversations is complete, in order, and no page is larger than a response', async () => {
    const ada = await person('ada')
    const others = await Promise.all(Array.from({ length: 24 }, (_, index) => person(`friend${index}`)))
    for (const other of others) await befriend(ada, other)
    const [bob = 0, ...rest] = others
    // As long as a content may be, of characters that take two bytes each in JSON.
    const long = '"'.repeat(16 * 1024)
    for (let batch = 0; batch < 4; batch++) {
      await say(...Array.from({ length: 140 }, () => record(ada, bob, { content: long })))
    }
    for (const other of rest) await say(record(other, ada), record(ada, other))
    const pages = await pagesOf(ada)
    for (const items of pages) expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(responseMaxBytes - 65_536)
    const messages = ofKind(pages.flat(), 'message')
    expect(messages.filter(({ target_id }) => target_id === bob).map(({ seq }) => seq)).toEqual(range(1, 560))
    for (const other of rest) {
      expect(messages.filter(({ target_id }) => target_id === other).map(({ seq }) => seq)).toEqual([1, 2])
    }
    expect(messages).toHaveLength(560 + 2 * rest.length)
  }, 60_000)
})
