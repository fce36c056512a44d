/** Who may write: friends to each other, members in their group; asked in the transaction that stores. */
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import * as member from '../../lib/service/conversation/member.ts'
import { store } from '../../lib/service/message/store.ts'
import { closeClients, db, friends, inside, outcomesOf, person, record, stored, unfriend } from './stage.ts'
import { group, join, kinds, leave, markOf, notice, recordInGroup } from './talk.ts'

afterAll(closeClients)

const now = Date.now()

describe('friendship', () => {
  it('stores nothing for strangers, unknown people and ended friendships, and the rest of the batch all the same', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const batch = [record(eve, bob), record(ada, bob), record(ada, 2 ** 52), record(ada, eve)]
    expect(outcomesOf(await store({ db }, batch, now))).toEqual(['NOT_FRIENDS', 'stored', 'NOT_FRIENDS', 'NOT_FRIENDS'])
    await unfriend(ada, bob)
    expect(outcomesOf(await store({ db }, [record(ada, bob)], now))).toEqual(['NOT_FRIENDS'])
    expect(await stored(ada, bob)).toHaveLength(1)
  })
})

describe.each(kinds)('who belongs, $kind', ({ talk, refusal }) => {
  it('waits for a membership that is being ended, and then refuses', async () => {
    const { ada, bob, address, record, stored } = await talk()
    let storing: ReturnType<typeof store> | undefined
    await inside(address, async (tx, end) => {
      storing = store({ db }, [record(ada, bob)], now)
      await member.deactivate(tx, end, [ada, bob])
    })
    expect(outcomesOf((await storing) ?? [])).toEqual([refusal])
    expect(await stored()).toEqual([])
  })
})

describe('membership', () => {
  it('stores nothing of who never belonged to a group, or has left it, and all of who has come back', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    const batch = () => [recordInGroup(eve, id), recordInGroup(bob, id), recordInGroup(ada, 2 ** 52)]
    expect(outcomesOf(await store({ db }, batch(), now))).toEqual(['NOT_MEMBER', 'stored', 'NOT_MEMBER'])
    await join(id, eve)
    await leave(id, bob)
    expect(outcomesOf(await store({ db }, batch(), now))).toEqual(['stored', 'NOT_MEMBER', 'NOT_MEMBER'])
    await join(id, bob)
    expect(outcomesOf(await store({ db }, batch(), now))).toEqual(['stored', 'stored', 'NOT_MEMBER'])
  })

  it('of who joins after a message brings nothing of it, however often its batch comes', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    const message = recordInGroup(bob, id)
    await store({ db }, [message], now)
    await join(id, eve)
    const again = await store({ db }, [message, recordInGroup(bob, id)], now)
    const told = again.map((outcome) => ('recipients' in outcome ? [outcome.kind, new Set(outcome.recipients)] : []))
    expect(told).toEqual([
      ['repeated', new Set([ada, bob])],
      ['stored', new Set([ada, bob, eve])],
    ])
  })

  it('is of the group and not of the user who has its id', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, eve)
    const batch = [
      record(bob, ada),
      recordInGroup(bob, id),
      record(eve, ada),
      recordInGroup(eve, id),
      recordInGroup(ada, id),
    ]
    expect(outcomesOf(await store({ db }, batch, now))).toEqual([
      'stored',
      'NOT_MEMBER',
      'NOT_FRIENDS',
      'stored',
      'stored',
    ])
  })

  it('leaves notices out of what is unread', async () => {
    const { ada, bob } = await friends()
    const id = await group(ada, bob)
    const of = (user: number) => markOf(user, { chatType: ChatType.group, group: id })
    await store({ db }, [recordInGroup(ada, id)], now)
    await notice(id)
    await store({ db }, [recordInGroup(ada, id)], now)
    expect([await of(bob), await of(ada)]).toEqual([
      { readSeq: 0, unread: 2 },
      { readSeq: 0, unread: 0 },
    ])
  })
})
