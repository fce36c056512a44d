/** The history of a conversation. */
import { afterAll, describe, expect, it } from 'vitest'
import * as chat from '../../lib/service/chat.ts'
import { store } from '../../lib/service/persist.ts'
import { closeClients, db, friends, person, record, stored, unfriend } from './stage.ts'

afterAll(closeClients)

const now = Date.now()
const history = (caller: number, target: number) => chat.history({ db }, caller, { target_id: target })

describe('the history', () => {
  it('is the latest 100 messages, oldest first, alike to both', async () => {
    const { ada, bob } = await friends()
    const turns = Array.from({ length: 103 }, (_, turn) => (turn % 2 ? record(ada, bob) : record(bob, ada)))
    await store(db, turns, now)
    const shown = await history(ada, bob)
    expect(shown.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 4))
    expect(await history(bob, ada)).toEqual(shown)
  })

  it('shows of a message what the contract names, and nothing more', async () => {
    const { ada, bob } = await friends()
    await store(db, [record(ada, bob, { content: '你好 😀\n', media: 2, client_msg_id: 'm1' })], now)
    const [row] = await stored(ada, bob)
    expect(await history(bob, ada)).toEqual([
      {
        id: row?.id,
        seq: 1,
        from_user_id: ada,
        to_user_id: bob,
        content: '你好 😀\n',
        type: 2,
        media: 2,
        created_at: now,
      },
    ])
  })

  it('outlives the friendship', async () => {
    const { ada, bob } = await friends()
    await store(db, [record(ada, bob)], now)
    await unfriend(ada, bob)
    expect(await history(ada, bob)).toHaveLength(1)
    expect(await history(bob, ada)).toHaveLength(1)
  })

  it('is empty before the first message, for strangers, for nobody and for oneself', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    for (const target of [bob, eve, ada, Number.MAX_SAFE_INTEGER]) expect(await history(ada, target)).toEqual([])
  })
})
