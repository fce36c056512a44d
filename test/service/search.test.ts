/** Search in messages: what the history shows, the search finds, page by page. */
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import * as chat from '../../lib/service/conversation/history.ts'
import { bounds, search } from '../../lib/service/conversation/search.ts'
import { store } from '../../lib/service/message/store.ts'
import type { SearchQuery, StoredMessage } from '../../lib/wire/chat.ts'
import type { MessageRecord } from '../../lib/wire/record.ts'
import { recordingDb } from './recorder.ts'
import { befriend, closeClients, db, friends, person, range, record, seqs, unfriend } from './stage.ts'
import { conversationsOf, group, join, kinds, leave, notice, recordInGroup } from './talk.ts'

const recorder = recordingDb()
afterAll(async () => {
  await recorder.db.destroy()
  await closeClients()
})

type Given = Partial<typeof bounds>
type Place = { target_id: number; chat_type: ChatType }

const pageOf = (caller: number, query: SearchQuery, given: Given = {}) =>
  search({ db }, caller, query, { ...bounds, ...given })

/** All pages of a search. */
async function walk(caller: number, query: SearchQuery, given: Given = {}): Promise<StoredMessage[][]> {
  const pages: StoredMessage[][] = []
  for (let next: SearchQuery | undefined = query; next; ) {
    const page = await pageOf(caller, next, given)
    pages.push(page.items)
    if (pages.length > 2_000) throw new Error('a search without an end')
    next = page.next && { ...query, cursor: String(page.next.cursor) }
  }
  return pages
}

const found = async (caller: number, query: SearchQuery, given?: Given) => (await walk(caller, query, given)).flat()
const contents = (messages: readonly StoredMessage[]) => messages.map(({ content }) => content)

/** All that the history shows of a conversation, the newest first. */
async function historyOf(caller: number, place: Place): Promise<StoredMessage[]> {
  const all: StoredMessage[] = []
  for (let before: { before_seq?: number } | undefined = {}; before; ) {
    const page = await chat.history({ db }, caller, { ...place, limit: 200, ...before })
    all.push(...page.items.reverse())
    before = page.next && { before_seq: Number(page.next.before_seq) }
  }
  return all
}

describe.each(kinds)('a search, $kind', ({ talk }) => {
  it('finds what holds the text, the newest first, alike for both, as the history shows it', async () => {
    const { ada, bob, record, placeOf } = await talk()
    const said = ['Bridges burn', 'nothing', 'a bridge', '你好，世界', 'BRIDGE']
    await store(
      { db },
      said.map((content) => record(ada, bob, { content })),
      Date.now(),
    )
    const shown = await historyOf(ada, placeOf(ada))
    for (const reader of [ada, bob]) {
      const here = await found(reader, { q: 'bridge', ...placeOf(reader) })
      expect(here).toEqual(shown.filter(({ seq }) => [1, 3, 5].includes(seq)))
      expect(seqs(await found(reader, { q: '好，世', ...placeOf(reader) }))).toEqual([4])
      expect(await found(reader, { q: 'bridge' })).toEqual(here)
      expect(await found(reader, { q: 'goodbye' })).toEqual([])
    }
  })

  it('takes %, _ and \\ as they are', async () => {
    const { ada, bob, record, placeOf } = await talk()
    const said = ['100% sure', '100 percent', 'a_b', 'acb', 'a\\b', "it's", '"x"']
    await store(
      { db },
      said.map((content) => record(ada, bob, { content })),
      Date.now(),
    )
    for (const [q, wanted] of [
      ['%', ['100% sure']],
      ['_', ['a_b']],
      ['\\', ['a\\b']],
      ['a_b', ['a_b']],
      ["t's", ["it's"]],
      ['"', ['"x"']],
    ] as const)
      expect(contents(await found(bob, { q, ...placeOf(bob) })), q).toEqual(wanted)
  })

  it('finds neither the addresses of files nor what the service itself says', async () => {
    const { ada, bob, record, placeOf, address } = await talk()
    await store({ db }, [record(ada, bob, { content: 'https://example.com/joined.png', media: 2 })], Date.now())
    if (address.chatType === ChatType.group) await notice(address.group)
    expect(await found(bob, { q: 'joined', ...placeOf(bob) })).toEqual([])
  })

  it('finds nothing for strangers, whatever cursor they bring', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store(
      { db },
      range(1, 3).map(() => record(ada, bob, { content: 'private' })),
      Date.now(),
    )
    const eve = await person('eve')
    const { next } = await pageOf(ada, { q: 'private', ...placeOf(ada) }, { hitsAPage: 1 })
    const cursor = String(next?.cursor)
    for (const place of [{}, placeOf(ada), placeOf(bob), { ...placeOf(ada), cursor }, { cursor }])
      expect(await found(eve, { q: 'private', ...place })).toEqual([])
    expect(await found(ada, { q: 'private', ...placeOf(ada), cursor })).toHaveLength(2)
  })

  it('still finds what was said before the end', async () => {
    const { ada, bob, record, placeOf, end } = await talk()
    await store({ db }, [record(ada, bob, { content: 'before the end' })], Date.now())
    await end()
    for (const query of [{ q: 'before' }, { q: 'before', ...placeOf(bob) }])
      expect(await found(bob, query)).toHaveLength(1)
  })

  it('has pages that hold so many hits, and so many bytes, and join without holes or repeats', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store(
      { db },
      range(1, 120).map((index) => record(ada, bob, { content: index > 60 ? `${index} here` : `${index}` })),
      Date.now(),
    )
    const pages = await walk(bob, { q: 'here', ...placeOf(bob) })
    expect(pages.map(({ length }) => length)).toEqual([50, 10])
    expect(seqs(pages.flat())).toEqual(range(61, 120).reverse())
    const grown = '\u0001'.repeat(16 * 1024 - 4)
    await store(
      { db },
      range(1, 48).map(() => record(ada, bob, { content: `grow${grown}` })),
      Date.now(),
    )
    const large = await walk(bob, { q: 'GROW', ...placeOf(bob) })
    for (const page of large) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(5_000_000)
    expect(seqs(large.flat())).toEqual(range(121, 168).reverse())
  })
})

describe('a search of everything', () => {
  it('gives the hits of each conversation together, the last spoken in first, those that one has left last', async () => {
    const ada = await person('ada')
    const all = await conversationsOf(ada, 6)
    const [first, second, third, fourth, fifth, sixth] = all
    const order = [second, sixth, first, fourth, third, fifth]
    const now = Date.now()
    for (const [turn, one] of order.entries())
      if (one) await store({ db }, [one.heard('x one'), one.said('no'), one.heard('x two')], now + turn * 1_000)
    // A pair, and a group.
    await unfriend(ada, fifth?.other ?? 0)
    await leave(sixth?.place.target_id ?? 0, ada)
    const hits = await found(ada, { q: 'X' })
    const places = hits.map((hit) => `${hit.type}:${hit.type === ChatType.group ? hit.to_user_id : hit.from_user_id}`)
    const named = [third, fourth, first, second].map((one) => `${one?.place.chat_type}:${one?.place.target_id}`)
    expect(places.slice(0, 8)).toEqual(named.flatMap((name) => [name, name]))
    expect(places.slice(8).sort()).toEqual(
      [fifth, sixth].flatMap((one) => Array(2).fill(`${one?.place.chat_type}:${one?.place.target_id}`)).sort(),
    )
    expect(contents(hits)).toEqual(Array(6).fill(['x two', 'x one']).flat())
    // Only of a group it takes more than the ids to know who has said it.
    for (const hit of hits) expect('sender_name' in hit).toBe(hit.type === ChatType.group)
  })

  it('looks at the latest messages of each, and in one conversation at all', async () => {
    const { ada, bob } = await friends()
    await store(
      { db },
      range(1, 30).map((index) => record(bob, ada, { content: `the ${index}` })),
      Date.now(),
    )
    expect(seqs(await found(ada, { q: 'the' }, { depth: 10 }))).toEqual(range(21, 30).reverse())
    const here = { q: 'the', target_id: bob }
    expect(seqs(await found(ada, here, { depth: 10 }))).toEqual(range(1, 30).reverse())
  })

  it('misses nothing that was there, though conversations are spoken in meanwhile', async () => {
    const ada = await person('ada')
    const all = await conversationsOf(ada, 5)
    const now = Date.now()
    for (const [turn, one] of all.entries()) await store({ db }, [one.heard('a thing')], now + turn)
    const given = { hitsAPage: 1, messagesAStep: 1 }
    const hits = new Set<string>()
    let cursor: string | undefined
    for (let turn = 0; turn === 0 || cursor !== undefined; turn += 1) {
      if (turn > 50) throw new Error('a search without an end')
      const page = await pageOf(ada, { q: 'a thing', ...(cursor !== undefined && { cursor }) }, given)
      for (const { id } of page.items) hits.add(String(id))
      cursor = page.next === undefined ? undefined : String(page.next.cursor)
      // The one that would have come last, and one that was looked through.
      if (turn === 0) for (const one of [all[0], all[4]]) if (one) await store({ db }, [one.said('more')], now + 100)
    }
    expect(hits.size).toBe(5)
  })

  it('tells nothing of what is said in a group after one has left it, not even when', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')]
    const place = await group(bob, ada)
    const at = Date.now()
    await store(
      { db },
      [recordInGroup(bob, place, { content: 'one' }), recordInGroup(bob, place, { content: 'two' })],
      at,
    )
    await leave(place, ada)
    const ask = () => pageOf(ada, { q: 'o' }, { hitsAPage: 1 })
    const before = await ask()
    await store({ db }, [recordInGroup(bob, place, { content: 'only for those who stay' })], at + 60_000)
    expect(await ask()).toEqual(before)
    expect(before.next).toBeDefined()
  })
})

describe('what a page looks at', () => {
  it('is a bounded number of messages, of conversations and of statements, and may hold nothing', async () => {
    const ada = await person('ada')
    const all = await conversationsOf(ada, 9)
    const now = Date.now()
    for (const one of all)
      await store(
        { db },
        range(1, 7).map(() => one.said('words')),
        now,
      )
    await store({ db }, [all[0]?.said('a needle') ?? record(0, 0)], now - 1_000)
    const given = { messagesAStep: 5, stretchesAStep: 2, stepsAPage: 3 }
    recorder.statements.length = 0
    const page = await search({ db: recorder.db }, ada, { q: 'absent' }, { ...bounds, ...given })
    // One finds the conversations.
    expect(recorder.statements).toHaveLength(1 + given.stepsAPage)
    expect(page.items).toEqual([])
    expect(page.next).toBeDefined()
    for (const { sql, parameters } of recorder.statements.slice(1)) {
      const stretches = [...sql.matchAll(/between/g)].length
      expect(stretches).toBeLessThanOrEqual(given.stretchesAStep)
      const looked = range(0, stretches - 1).map((index) => {
        const [first = 0, last = 0] = parameters.slice(3 * index + 1, 3 * index + 3).map(Number)
        return last - first + 1
      })
      expect(looked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(given.messagesAStep)
    }
    const pages = await walk(ada, { q: 'needle' }, given)
    expect(pages.length).toBeGreaterThan(4)
    expect(contents(pages.flat())).toEqual(['a needle'])
  })

  it('ends with the statement in which its time is over', async () => {
    const { ada, bob } = await friends()
    await store(
      { db },
      range(1, 20).map(() => record(bob, ada, { content: 'words' })),
      Date.now(),
    )
    recorder.statements.length = 0
    const given = { ...bounds, messagesAStep: 2, pageMs: 0 }
    const page = await search({ db: recorder.db }, ada, { q: 'absent', target_id: bob }, given)
    expect(recorder.statements).toHaveLength(2)
    expect(page.next).toBeDefined()
    expect(await found(ada, { q: 'words', target_id: bob }, { messagesAStep: 2, pageMs: 0 })).toHaveLength(20)
  })
})

describe('for whatever was said', () => {
  const unit = fc.constantFrom('a', 'A', 'b', 'é', 'É', '中', '文', '😀', '😁', '%', '_', '\\', ' ', "'")
  const text = (maxLength: number) => fc.array(unit, { minLength: 1, maxLength }).map((units) => units.join(''))
  const line = fc.record({
    place: fc.nat(3),
    byCaller: fc.boolean(),
    content: text(6),
    media: fc.constantFrom(1 as const, 1 as const, 2 as const),
    isNotice: fc.integer({ min: 0, max: 7 }).map((drawn) => drawn === 0),
  })
  const lines = fc.array(line, { maxLength: 12 })
  const small = fc.integer({ min: 1, max: 4 })
  const given = fc.record({
    messagesAStep: small,
    stretchesAStep: small,
    stepsAPage: small,
    hitsAPage: small,
    depth: fc.constantFrom(2, 5, 1_000),
    pageMs: fc.constantFrom(0, 1_000),
  })
  const queries = fc.array(
    text(3).filter((q) => q.trim() === q),
    { maxLength: 2 },
  )

  it('the search finds what a filter finds in the history, of pairs and of groups that have the ids of users', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lines, lines, queries, given, async (before, within, after, searches, limits) => {
        const { bob, places, say, end, comeIn } = await scene()
        await say(before)
        await comeIn()
        await say(within)
        await end()
        await say(after)
        for (const q of ['a', ...searches]) {
          const all: StoredMessage[] = []
          for (const place of places) {
            const shown = await historyOf(bob, place)
            const holds = ({ content, media, from_user_id }: StoredMessage) =>
              from_user_id !== 0 && media === 1 && content.toLowerCase().includes(q.toLowerCase())
            expect(await found(bob, { q, ...place }, limits)).toEqual(shown.filter(holds))
            all.push(...shown.slice(0, limits.depth).filter(holds))
          }
          const everywhere = await found(bob, { q }, limits)
          const byId = (rows: readonly StoredMessage[]) => [...rows].sort((one, other) => one.id - other.id)
          expect(byId(everywhere)).toEqual(byId(all))
        }
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  /** Bob with ada and carol, as friends and in groups of their ids. He comes into carol's group late, and all with carol ends. */
  async function scene() {
    const { ada, bob } = await friends()
    const carol = await person('carol')
    await befriend(bob, carol)
    await group(ada, bob)
    await group(carol)
    const places = [ada, carol].flatMap((target_id) =>
      [ChatType.direct, ChatType.group].map((chat_type) => ({ target_id, chat_type })),
    )
    const recordOf = ({ place, byCaller, content, media }: Line): MessageRecord => {
      const { target_id, chat_type } = places[place] as Place
      const [from, to] = byCaller ? [bob, target_id] : [target_id, chat_type === ChatType.group ? target_id : bob]
      return record(from, to, { chat_type, content, media })
    }
    const say = async (said: readonly Line[]) => {
      for (const one of said) {
        const { target_id, chat_type } = places[one.place] as Place
        if (one.isNotice && chat_type === ChatType.group) await notice(target_id)
        else await store({ db }, [recordOf(one)], Date.now())
      }
    }
    const end = async () => {
      await unfriend(bob, carol)
      await leave(carol, bob)
    }
    return { bob, places, say, end, comeIn: () => join(carol, bob) }
  }
  type Line = typeof line extends fc.Arbitrary<infer One> ? One : never
})
