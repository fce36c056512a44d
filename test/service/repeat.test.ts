/** Repeats: what is delivered or sent again is stored once, and answered as the first time. */
import { afterAll, describe, expect, it } from 'vitest'
import { store } from '../../lib/service/message/store.ts'
import { befriend, closeClients, db, outcomesOf, person } from './stage.ts'
import { kinds } from './talk.ts'

afterAll(closeClients)

const now = Date.now()

describe.each(kinds)('repeats, $kind', ({ talk, refusal }) => {
  it('recognises a record that comes again, in a later batch', async () => {
    const { ada, bob, record, stored } = await talk()
    const once = record(ada, bob, { client_msg_id: 'm1' })
    const [first] = await store({ db }, [once], now)
    const [again] = await store({ db }, [once], now + 5)
    expect(first?.kind).toBe('stored')
    expect(again).toMatchObject({ kind: 'repeated', placed: { seq: 1, createdAt: now } })
    expect(await stored()).toHaveLength(1)
  })

  it('stores a record once that stands twice in one batch', async () => {
    const { ada, bob, record, unreadOf } = await talk()
    const once = record(ada, bob)
    expect(outcomesOf(await store({ db }, [once, once], now))).toEqual(['stored'])
    expect(await unreadOf(bob)).toBe(1)
  })

  it('answers a resend as the first time, in a later batch and in the same one', async () => {
    const { ada, bob, record, stored } = await talk()
    const send = (): ReturnType<typeof record> => record(ada, bob, { client_msg_id: 'm1' })
    const outcomes = [...(await store({ db }, [send(), send()], now)), ...(await store({ db }, [send()], now + 9))]
    expect(outcomesOf(outcomes)).toEqual(['stored', 'resent', 'resent'])
    expect(new Set(outcomes.map((outcome) => 'placed' in outcome && outcome.placed.id)).size).toBe(1)
    expect(await stored()).toHaveLength(1)
  })

  it('refuses another body under the same client_msg_id, in a later batch and in the same one', async () => {
    const { ada, bob, record } = await talk()
    const send = (content: string) => record(ada, bob, { client_msg_id: 'm1', content })
    expect(outcomesOf(await store({ db }, [send('a'), send('b')], now))).toEqual(['stored', 'CONFLICT'])
    expect(outcomesOf(await store({ db }, [send('c')], now))).toEqual(['CONFLICT'])
  })

  it('counts the other of its id as another recipient', async () => {
    const { ada, bob, record, elsewhereOf } = await talk()
    const given = { client_msg_id: 'm1' }
    expect(outcomesOf(await store({ db }, [record(bob, ada, given)], now))).toEqual(['stored'])
    const elsewhere = record(bob, ada, { ...given, ...elsewhereOf(bob) })
    expect(outcomesOf(await store({ db }, [elsewhere], now))).toEqual(['CONFLICT'])
  })

  it('counts another recipient or medium as another body', async () => {
    const { ada, bob, record } = await talk()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store({ db }, [record(ada, bob, { client_msg_id: 'm1' })], now)
    expect(outcomesOf(await store({ db }, [record(ada, eve, { client_msg_id: 'm1' })], now))).toEqual(['CONFLICT'])
    expect(outcomesOf(await store({ db }, [record(ada, bob, { client_msg_id: 'm1', media: 2 })], now))).toEqual([
      'CONFLICT',
    ])
  })

  it('compares client_msg_id byte by byte, per sender', async () => {
    const { ada, bob, record } = await talk()
    const ids = ['m1', 'M1', 'm1 ', '\u1e3f1', 'm\u03011']
    const records = ids.map((client_msg_id) => record(ada, bob, { client_msg_id }))
    const outcomes = await store({ db }, [...records, record(bob, ada, { client_msg_id: 'm1' })], now)
    expect(outcomesOf(outcomes)).toEqual(Array(6).fill('stored'))
  })

  it('answers a resend even when the friendship has ended since', async () => {
    const { ada, bob, record, end } = await talk()
    await store({ db }, [record(ada, bob, { client_msg_id: 'm1' })], now)
    await end()
    const resent = record(ada, bob, { client_msg_id: 'm1' })
    expect(outcomesOf(await store({ db }, [resent, record(ada, bob)], now))).toEqual(['resent', refusal])
  })
  describe.each([
    ['with a client_msg_id', { client_msg_id: 'm1' }],
    ['without one', {}],
  ])('that was refused, %s', (_title, given) => {
    it('is refused for the same reason when it comes again, whoever belongs to it by then', async () => {
      const { ada, bob, record, stored, end, resume } = await talk()
      const said = record(ada, bob, { ...given, requested_at: now })
      await end()
      expect(outcomesOf(await store({ db }, [said], now + 5))).toEqual([refusal])
      await resume()
      expect(outcomesOf(await store({ db }, [said, record(ada, bob)], now + 9))).toEqual([refusal, 'stored'])
      expect(outcomesOf(await store({ db }, [said], now + 9_000))).toEqual([refusal])
      expect(await stored()).toHaveLength(1)
    })

    it('is refused, even by a clock behind the one of the gateway', async () => {
      const { ada, bob, record, end, resume } = await talk()
      const said = record(ada, bob, { ...given, requested_at: now + 50 })
      await end()
      expect(outcomesOf(await store({ db }, [said], now))).toEqual([refusal])
      await resume()
      expect(outcomesOf(await store({ db }, [said], now))).toEqual([refusal])
    })
  })

  it('refuses what was sent again before the refusal, and takes what was sent after it', async () => {
    const { ada, bob, record, end, resume } = await talk()
    const sent = (requested_at: number) => record(ada, bob, { client_msg_id: 'm1', requested_at })
    await end()
    expect(outcomesOf(await store({ db }, [sent(now)], now + 5))).toEqual([refusal])
    await resume()
    expect(outcomesOf(await store({ db }, [sent(now + 4)], now + 6))).toEqual([refusal])
    expect(outcomesOf(await store({ db }, [sent(now + 20)], now + 30))).toEqual(['stored'])
    expect(outcomesOf(await store({ db }, [sent(now + 4)], now + 40))).toEqual(['resent'])
  })

  it("minds nobody else's refusals", async () => {
    const { ada, bob, record, end, resume } = await talk()
    await end()
    await store({ db }, [record(ada, bob, { client_msg_id: 'm1', requested_at: now })], now + 5)
    await resume()
    const bobs = record(bob, ada, { client_msg_id: 'm1', requested_at: now })
    expect(outcomesOf(await store({ db }, [bobs], now + 9))).toEqual(['stored'])
  })
})
