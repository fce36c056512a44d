/** Changes of messages, as the consumer stores and tells them. */
import { afterAll, describe, expect, it } from 'vitest'
import { consume } from '../../lib/service/message/consume.ts'
import { store } from '../../lib/service/message/store.ts'
import type { ChangeRecord } from '../../lib/wire/record.ts'
import { scene, soon } from './scene.ts'
import { closeClients, db, delivered, outcomesOf } from './stage.ts'
import { kinds, type Talk } from './talk.ts'

afterAll(closeClients)

const day = 24 * 3600_000

/** A record by which one of the two changes the message `seq`. */
function changeOf(
  talk: Talk,
  from: number,
  seq: number,
  given: Pick<ChangeRecord, 'action' | 'content'>,
): ChangeRecord {
  const { content: _content, media: _media, ...common } = talk.record(from, from === talk.ada ? talk.bob : talk.ada)
  return { ...common, kind: 'change', seq, ...given }
}

describe.each(kinds)('changes of messages, $kind', ({ talk: open }) => {
  it('are applied in their order, also within one batch', async () => {
    const talk = await open()
    const { ada, bob } = talk
    const now = Date.now()
    await store({ db }, [talk.record(ada, bob, { content: 'one' })], now)
    await store(
      { db },
      [
        changeOf(talk, ada, 1, { action: 'edit', content: 'two' }),
        talk.record(bob, ada, { content: 'between' }),
        changeOf(talk, bob, 1, { action: 'react', content: '👍' }),
        changeOf(talk, ada, 1, { action: 'edit', content: 'three' }),
      ],
      now,
    )
    const rows = await talk.stored()
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(rows[0]).toMatchObject({ content: 'three', edited_seq: 5, changed_seq: 5, recalled: 0 })
    expect(rows.map(({ notice_count }) => notice_count)).toEqual([0, 1, 1, 2, 3])
  })

  it('meet each other in one batch: what comes after a recall is refused', async () => {
    const talk = await open()
    const { ada, bob } = talk
    await store({ db }, [talk.record(ada, bob)], Date.now())
    const outcomes = await store(
      { db },
      [changeOf(talk, ada, 1, { action: 'recall' }), changeOf(talk, bob, 1, { action: 'react', content: '👍' })],
      Date.now(),
    )
    expect(outcomesOf(outcomes)).toEqual(['stored', 'MESSAGE_RECALLED'])
    expect(await db.selectFrom('reactions').selectAll().where('user_id', '=', bob).execute()).toEqual([])
  })

  it('by the thousand at once leave one state, and no hole', async () => {
    const talk = await open()
    const { ada, bob } = talk
    await store({ db }, [talk.record(ada, bob)], Date.now())
    await Promise.all(
      Array.from({ length: 10 }, (_, batch) =>
        store(
          { db },
          Array.from({ length: 10 }, (_, index) =>
            changeOf(talk, index % 2 ? ada : bob, 1, { action: 'react', content: batch % 2 ? '👍' : '🍵' }),
          ),
          Date.now(),
        ),
      ),
    )
    const rows = await talk.stored()
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
    expect(rows[0]?.changed_seq).toBe(101)
    const reactions = await db.selectFrom('reactions').selectAll().where('user_id', 'in', [ada, bob]).execute()
    expect(reactions).toHaveLength(2)
  })

  it('an edit or a recall is too late after a day; a reaction never is', async () => {
    const talk = await open()
    const { ada, bob } = talk
    const now = Date.now()
    await store({ db }, [talk.record(ada, bob)], now - day - 1_000)
    const outcomes = await store(
      { db },
      [
        changeOf(talk, ada, 1, { action: 'edit', content: 'later' }),
        changeOf(talk, ada, 1, { action: 'recall' }),
        changeOf(talk, ada, 1, { action: 'react', content: '👍' }),
      ],
      now,
    )
    expect(outcomesOf(outcomes)).toEqual(['TOO_LATE', 'TOO_LATE', 'stored'])
  })

  it('is told again with what has become of the message, when its record comes again', async () => {
    const talk = await scene(open)
    const { ada, bob, framesTo, bobPhone, clients } = talk
    await store({ db }, [talk.record(ada, bob)], Date.now())
    const edit = changeOf(talk, ada, 1, { action: 'edit', content: 'new' })
    for (let time = 0; time < 2; time++) await consume(clients, delivered(edit), soon())
    const told = framesTo(bobPhone.id)
    expect(told).toHaveLength(2)
    expect(told[1]).toEqual(told[0])
    expect(told[0]).toMatchObject({ seq: 2, change: { seq: 1, message: { content: 'new', edited: true } } })
  })

  it('a message that was changed is not pushed again with its old text', async () => {
    const talk = await scene(open)
    const { ada, bob, framesTo, bobPhone, clients } = talk
    const said = talk.record(ada, bob, { content: 'a secret' })
    await store({ db }, [said], Date.now())
    await store({ db }, [changeOf(talk, ada, 1, { action: 'recall' })], Date.now())
    await consume(clients, delivered(said), soon())
    expect(framesTo(bobPhone.id)).toEqual([])
  })
})
