/** GET /api/chat/history, without paging. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { heard, history, say, sayAll, texts, upTo } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { answered, call, invalid, ok, refused } from '../support/http.ts'
import { newcomers, person } from '../support/people.ts'
import { nobody, notQueryIds } from '../support/route.ts'
import { GroupRow, Row } from '../support/shape.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterAll(closeAll)

const { ada, bob, eve } = newcomers(beforeAll, 'ada', 'bob', 'eve')
let adasSocket: Socket
let bobsSocket: Socket
beforeAll(async () => {
  await befriend(ada, bob)
  adasSocket = await connect({ token: ada.token })
  bobsSocket = await connect({ token: bob.token })
})

describe.each(kinds)('the history of a new conversation, $kind', ({ talk }) => {
  const { ada, bob, toAda, toBob, elsewhere } = talk(beforeEach)
  let adasSocket: Socket
  let bobsSocket: Socket
  beforeEach(async () => {
    adasSocket = await connect({ token: ada.token })
    bobsSocket = await connect({ token: bob.token })
  })

  it('is empty before the first message', async () => {
    expect(await history(ada, toBob)).toEqual([])
  })

  it('shows each message as it was acknowledged, oldest first, alike to both', async () => {
    const one = await say(adasSocket, toBob, 'hello')
    const two = await say(bobsSocket, toAda, 'https://example.com/cat.png', { media: 2 })
    const three = await say(bobsSocket, toAda, 'https://example.com/cat.mp4', { media: 3 })
    const row = ({ id, seq, created_at }: typeof one) => ({ id, seq, created_at, type: toBob.chat_type ?? 2 })
    const fromAda = { from_user_id: ada.id, to_user_id: toBob.id }
    const fromBob = { from_user_id: bob.id, to_user_id: toAda.id }

    const rows = await history(ada, toBob)

    expect(rows).toEqual([
      { ...row(one), ...fromAda, content: 'hello', media: 1 },
      { ...row(two), ...fromBob, content: 'https://example.com/cat.png', media: 2 },
      { ...row(three), ...fromBob, content: 'https://example.com/cat.mp4', media: 3 },
    ])
    expect(await history(bob, toAda)).toEqual(rows)
    expect(Math.abs(one.created_at - Date.now())).toBeLessThan(120_000)
  })

  it('holds the latest 100 of a longer conversation', async () => {
    await sayAll(adasSocket, toBob, texts(110))
    const rows = await history(bob, toAda)
    expect(rows.map((row) => row.seq)).toEqual(upTo(110).slice(10))
    expect(await history(ada, toBob)).toEqual(rows)
    for (const key of ['id', 'created_at'] as const) {
      const values = rows.map((row) => row[key])
      expect(values).toEqual([...values].sort((one, other) => one - other))
    }
    expect(new Set(rows.map((row) => row.id)).size).toBe(100)
  }, 20_000)

  it('links to the page before, and to none before the first message', async () => {
    await sayAll(adasSocket, toBob, texts(110))
    const page = async (path: string) => {
      const reply = await call('GET', path, { token: bob.token })
      const link = reply.headers.get('link')?.match(/^<(.*)>; rel="next"$/)?.[1]
      return { seqs: ok(reply, z.array(toAda.chat_type ? GroupRow : Row)).map((row) => row.seq), link }
    }
    const latest = await page(`/api/chat/history?target_id=${toAda.id}${toAda.chat_type ? '&chat_type=3' : ''}`)
    expect(latest.link).not.toContain(bob.token)
    const earliest = await page(latest.link ?? '')
    expect([...earliest.seqs, ...latest.seqs]).toEqual(upTo(110))
    expect(earliest.link).toBeUndefined()
  })

  it('shows only the conversation that was asked for', async () => {
    const carol = await person('carol')
    await say(adasSocket, toBob, 'of ada')
    await befriend(carol, bob)
    await say(await connect({ token: carol.token }), bob, 'of carol')
    expect((await history(bob, toAda)).map((row) => row.content)).toEqual(['of ada'])
    expect((await history(bob, carol)).map((row) => row.content)).toEqual(['of carol'])
    expect((await history(bob, elsewhere.toAda)).map((row) => row.content)).toEqual(['elsewhere'])
  })
})

describe('history', () => {
  it.each([
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
  ])('keeps a message exactly: %s', async (_title, content) => {
    const { seq } = await say(adasSocket, bob, content)
    expect((await history(bob, ada)).at(-1)).toMatchObject({ seq, content })
    expect(await heard(bobsSocket)).toMatchObject({ seq, content })
  })

  it('shows a stranger nothing', async () => {
    await say(adasSocket, bob, 'hello')
    await heard(bobsSocket)
    for (const target of [ada, bob, nobody]) {
      const query = { target_id: target.id }
      const reply = await call('GET', '/api/chat/history', { token: eve.token, query })
      answered(reply)
      expect(reply.text).not.toContain('hello')
      expect(reply.body).toSatisfy(
        (body: { code: number; data?: unknown[] }) => body.code === -1 || body.data?.length === 0,
      )
    }
  })

  it('ignores parameters that it does not know', async () => {
    const query = { target_id: bob.id, chat_type: 2, page: 3, user_id: eve.id }
    const reply = await call('GET', '/api/chat/history', { token: ada.token, query })
    expect(reply.body).toMatchObject({ code: 0, data: await history(ada, bob) })
  })

  it.each(notQueryIds)('refuses a target id of "%s"', async (target_id) => {
    refused(await call('GET', '/api/chat/history', { token: ada.token, query: { target_id } }), invalid)
  })

  it('refuses without a target id', async () => {
    refused(await call('GET', '/api/chat/history', { token: ada.token }), invalid)
  })
})
