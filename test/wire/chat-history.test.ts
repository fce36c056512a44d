/** GET /api/chat/history, without paging. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heard, history, named, otherKind, rowsIn, say, sayAll, texts, upTo } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { answered, call, invalid, refused } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import { nobody, notQueryIds } from '../support/route.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

const contents: [title: string, content: string][] = [
  ['emoji outside the basic plane', '😀 𝒜𝒹𝒶 👩‍👩‍👧‍👦'],
  ['Chinese', '你好，世界'],
  ['line breaks and tabs', 'one\r\ntwo\n\tthree'],
  ['spaces around', '  spaced  '],
  ['combining marks as they came', 'e\u0301 is not \u00e9'],
  ['right to left', 'שלום \u202eاهلا'],
  ['zero-width characters', 'a\u200bb\u200d\ufeff'],
  ['markup and quotes', `<script>alert("x")</script> & 'q' \\ %s ${'$'}{x} --`],
  ['JSON', '{"type":2,"content":"x"}'],
  ['digits', '0'],
]

describe.each(kinds)('the history between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob, eve } = talk
  let adas: Socket
  let bobs: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    bobs = await connect({ token: bob.token })
  })

  const asSeenBy = (reader: typeof ada) => history(reader, talk.targetOf(reader))

  it('is empty before the first message', async () => {
    expect(await asSeenBy(ada)).toEqual([])
  })

  it('shows each message as it was acknowledged, oldest first, alike to both', async () => {
    const one = await say(adas, talk.targetOf(ada), 'hello')
    const two = await say(bobs, talk.targetOf(bob), 'https://example.com/cat.png', { media: 2 })
    const three = await say(bobs, talk.targetOf(bob), 'https://example.com/cat.mp4', { media: 3 })
    const type = talk.targetOf(ada).chat_type ?? 2
    const row = ({ id, seq, created_at }: typeof one) => ({ id, seq, created_at, type })
    const from = (person: Person) => ({
      from_user_id: person.id,
      to_user_id: talk.targetOf(person).id,
      ...(type === 3 && { sender_name: person.username, sender_avatar: '' }),
    })
    const [fromAda, fromBob] = [from(ada), from(bob)]

    const rows = await asSeenBy(ada)

    expect(rows).toEqual([
      { ...row(one), ...fromAda, content: 'hello', media: 1 },
      { ...row(two), ...fromBob, content: 'https://example.com/cat.png', media: 2 },
      { ...row(three), ...fromBob, content: 'https://example.com/cat.mp4', media: 3 },
    ])
    expect(await asSeenBy(bob)).toEqual(rows)
    expect(Math.abs(one.created_at - Date.now())).toBeLessThan(120_000)
  })

  it('holds the latest 100 of a longer conversation, and links to those before', async () => {
    await sayAll(adas, talk.targetOf(ada), texts(110))
    const page = async (path: string, query = {}) => {
      const reply = await call('GET', path, { token: bob.token, query })
      const link = reply.headers.get('link')?.match(/^<(.*)>; rel="next"$/)?.[1]
      return { rows: rowsIn(reply, talk.targetOf(bob)), link }
    }
    const seqs = (rows: readonly { seq: number }[]) => rows.map(({ seq }) => seq)

    const latest = await page('/api/chat/history', named(talk.targetOf(bob)))
    expect(seqs(latest.rows)).toEqual(upTo(110).slice(10))
    expect(await asSeenBy(ada)).toEqual(latest.rows)
    for (const key of ['id', 'created_at'] as const) {
      const values = latest.rows.map((row) => row[key])
      expect(values).toEqual([...values].sort((one, other) => one - other))
    }
    expect(new Set(latest.rows.map((row) => row.id)).size).toBe(100)

    expect(latest.link).not.toContain(bob.token)
    const earliest = await page(latest.link ?? '')
    expect(seqs([...earliest.rows, ...latest.rows])).toEqual(upTo(110))
    expect(earliest.link).toBeUndefined()
  }, 20_000)

  it('shows only the conversation that was asked for', async () => {
    await befriend(eve, bob)
    await say(adas, talk.targetOf(ada), 'of ada')
    await say(await connect({ token: eve.token }), bob, 'of eve')
    expect((await asSeenBy(bob)).map((row) => row.content)).toEqual(['of ada'])
    expect((await history(bob, eve)).map((row) => row.content)).toEqual(['of eve'])
  })

  it('keeps each message exactly', async () => {
    for (const [title, content] of contents) {
      const { seq } = await say(adas, talk.targetOf(ada), content)
      expect((await asSeenBy(bob)).at(-1), title).toMatchObject({ seq, content })
      expect(await heard(bobs, talk.targetOf(bob)), title).toMatchObject({ seq, content })
    }
  })

  it('shows a stranger nothing', async () => {
    await say(adas, talk.targetOf(ada), 'hello')
    const places = [talk.targetOf(ada), talk.targetOf(bob), nobody]
    for (const target of places.flatMap((place) => [place, otherKind(place)])) {
      const reply = await call('GET', '/api/chat/history', { token: eve.token, query: named(target) })
      answered(reply)
      expect(reply.text).not.toContain('hello')
      expect(reply.body).toSatisfy(
        (body: { code: number; data?: unknown[] }) => body.code === -1 || body.data?.length === 0,
      )
    }
  })

  it('ignores parameters that it does not know', async () => {
    await say(adas, talk.targetOf(ada), 'hello')
    const query = { chat_type: 2, ...named(talk.targetOf(ada)), page: 3, user_id: eve.id }
    const reply = await call('GET', '/api/chat/history', { token: ada.token, query })
    expect(reply.body).toMatchObject({ code: 0, data: [{ content: 'hello' }] })
  })
})

describe('history', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each(notQueryIds)('refuses a target id of "%s"', async (target_id) => {
    for (const chat_type of [2, 3]) {
      const query = { target_id, chat_type }
      refused(await call('GET', '/api/chat/history', { token: ada.token, query }), invalid)
    }
  })

  it.each(['', '1', '4', '-3', '3.0', 'group'])('refuses a chat_type of "%s"', async (chat_type) => {
    const query = { target_id: nobody.id, chat_type }
    refused(await call('GET', '/api/chat/history', { token: ada.token, query }), invalid)
  })

  it('refuses without a target id', async () => {
    refused(await call('GET', '/api/chat/history', { token: ada.token }), invalid)
    refused(await call('GET', '/api/chat/history', { token: ada.token, query: { chat_type: 3 } }), invalid)
  })
})
