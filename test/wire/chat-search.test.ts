/** GET /api/chat/search. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { history, named, otherKind, rowsIn, say, sayAll, type Target, upTo } from '../support/chat.ts'
import { answered, call, invalid, refused } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import { nobody, notQueryIds } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

const search = ({ token }: Person, query: Record<string, string | number>) =>
  call('GET', '/api/chat/search', { token, query })

describe.each(kinds)('a search between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob, eve } = talk
  let adas: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
  })

  const found = async (reader: Person, q: string, target?: Target) =>
    rowsIn(await search(reader, { q, ...(target && named(target)) }), talk.targetOf(reader))

  it('finds a message at once, in its conversation and in all, as the history shows it', async () => {
    await say(adas, talk.targetOf(ada), 'Meet me at the bridge')
    await say(adas, talk.targetOf(ada), '明天下午三点见')
    const [first, second] = await history(bob, talk.targetOf(bob))
    for (const target of [undefined, talk.targetOf(bob)]) {
      expect(await found(bob, 'THE BRIDGE', target)).toEqual([first])
      expect(await found(bob, ' 下午 ', target)).toEqual([second])
      expect(await found(bob, 'river', target)).toEqual([])
    }
  })

  it('is of the conversation that was named', async () => {
    await say(adas, talk.targetOf(ada), 'here')
    expect(await found(bob, 'here', otherKind(talk.targetOf(bob)))).toEqual([])
    expect(await found(bob, 'here', talk.targetOf(bob))).toHaveLength(1)
  })

  it('shows a stranger nothing', async () => {
    await say(adas, talk.targetOf(ada), 'a secret')
    for (const target of [talk.targetOf(ada), talk.targetOf(bob), nobody].flatMap((one) => [one, otherKind(one)])) {
      const reply = await search(eve, { q: 'secret', ...named(target) })
      answered(reply)
      expect(reply.body).toMatchObject({ code: 0, data: [] })
    }
    expect((await search(eve, { q: 'secret' })).body).toMatchObject({ code: 0, data: [] })
  })

  it('goes on by its link, which holds the text and not the token', async () => {
    await sayAll(
      adas,
      talk.targetOf(ada),
      upTo(60).map((index) => `第 ${index} 条 & more`),
    )
    const first = await search(bob, { q: '条 & MORE', ...named(talk.targetOf(bob)) })
    const link = first.headers.get('link')?.match(/^<(.*)>; rel="next"$/)?.[1] ?? ''
    expect(link).toContain('/api/chat/search?')
    expect(link).not.toContain(bob.token)
    const next = await call('GET', link, { token: bob.token })
    const rows = [first, next].flatMap((reply) => rowsIn(reply, talk.targetOf(bob)))
    expect(rows.map(({ seq }) => seq)).toEqual(upTo(60).reverse())
    expect(next.headers.get('link')).toBeNull()
  }, 20_000)
})

describe('search', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each(['', ' ', '\t\n', '\u3000', '字'.repeat(101), 'half \ufffd'])('refuses the text "%s"', async (q) => {
    refused(await search(ada, { q }), invalid)
  })

  it('refuses without a text, and takes one of 100 characters with spaces around it', async () => {
    refused(await search(ada, {}), invalid)
    expect((await search(ada, { q: ` ${'😀'.repeat(100)} ` })).body).toMatchObject({ code: 0, data: [] })
  })

  it.each(notQueryIds)('refuses a target id of "%s"', async (target_id) => {
    refused(await search(ada, { q: 'a', target_id }), invalid)
  })

  it.each(['', '1', '4', 'group'])('refuses a chat_type of "%s"', async (chat_type) => {
    refused(await search(ada, { q: 'a', target_id: nobody.id, chat_type }), invalid)
  })

  it('refuses a chat_type without a target id', async () => {
    refused(await search(ada, { q: 'a', chat_type: 3 }), invalid)
  })

  it.each(['', 'x', '1', '1-2-3', '1-2-3-4-5', '1-2-3-99999999999999999'])(
    'refuses the cursor "%s"',
    async (cursor) => {
      refused(await search(ada, { q: 'a', cursor }), invalid)
      refused(await search(ada, { q: 'a', cursor, target_id: nobody.id }), invalid)
    },
  )

  it('causes no fault by a cursor of somebody else', async () => {
    for (const cursor of ['0-0-0-0', '1-9999999999999999-9999999999999999-9999999999999999'])
      for (const target of [{}, { target_id: nobody.id }] as Record<string, number>[])
        expect((await search(ada, { q: 'a', cursor, ...target })).body).toMatchObject({ code: 0, data: [] })
  })
})
