/** Requests, friendships and blocks: what holds between two people, also when they act at the same instant. */
import { afterAll, describe, expect, it } from 'vitest'
import { pairOf } from '../../lib/core/address.ts'
import { Refusal } from '../../lib/core/refusal.ts'
import { RelationType, RequestStatus } from '../../lib/schema/tables.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { store } from '../../lib/service/message/store.ts'
import { accept, refuse, type Verdict } from '../../lib/wire/friend.ts'
import { closeClients, db, device, friends, listeningGateway, person, record, redis } from './stage.ts'

afterAll(closeClients)

const stores = { db, redis, gateway: listeningGateway().gateway }
const now = Date.now()
const nobody = Number.MAX_SAFE_INTEGER
const refusal = (reason: string) => expect.objectContaining({ reason })

const ask = (from: number, to: number) => friendRequest.ask(stores, from, { target_id: to })
const remove = (from: number, to: number) => friend.remove(stores, from, { target_id: to })
const blocks = (from: number, to: number) => block.block(stores, from, { target_id: to })
const unblocks = (from: number, to: number) => block.unblock(stores, from, { target_id: to })
const markRead = (owner: number, from: number) => friend.markRead(stores, owner, { target_id: from })
const pendingFor = async (owner: number) => (await friendRequest.pending(stores, owner)).items

/** Decides the request that waits for `owner` from `sender`, or one that is not there. */
async function decide(owner: number, sender: number, action: Verdict['action']): Promise<void> {
  const request = (await pendingFor(owner)).find(({ sender_id }) => sender_id === sender)
  await friendRequest.decide(stores, owner, { request_id: request?.id ?? nobody, action })
}

async function befriend(one: number, other: number): Promise<void> {
  await ask(one, other)
  await decide(other, one, accept)
}

async function strangers(): Promise<{ ada: number; bob: number }> {
  const [ada, bob] = await Promise.all([person('ada'), person('bob')])
  return { ada, bob }
}

/** A friend as its owner sees it, or undefined. */
async function seen(owner: number, other: number) {
  return (await friend.list(stores, owner)).items.find(({ id }) => id === other)
}

/** What stands between two people. */
async function between(ada: number, bob: number) {
  const [relations, requests] = await Promise.all([
    db
      .selectFrom('relations')
      .select(['owner_id', 'type'])
      .where('owner_id', 'in', [ada, bob])
      .where('target_id', 'in', [ada, bob])
      .execute(),
    db
      .selectFrom('friend_requests')
      .select(['sender_id', 'status'])
      .where('sender_id', 'in', [ada, bob])
      .where('receiver_id', 'in', [ada, bob])
      .orderBy('id')
      .execute(),
  ])
  const ofType = (type: number) => relations.filter((row) => row.type === type).map(({ owner_id }) => owner_id)
  return { friends: ofType(RelationType.friend), blockers: ofType(RelationType.blocked), requests }
}

/** Asserts what must hold whatever has happened. */
async function expectWhole(ada: number, bob: number): Promise<void> {
  const { friends, blockers, requests } = await between(ada, bob)
  const waiting = requests.filter(({ status }) => status === RequestStatus.pending || status === RequestStatus.unseen)
  expect([0, 2]).toContain(friends.length)
  if (friends.length === 2) expect({ blockers, waiting }).toEqual({ blockers: [], waiting: [] })
  for (const { sender_id, status } of waiting) {
    const receiver = sender_id === ada ? bob : ada
    expect(blockers).not.toContain(sender_id)
    expect(status).toBe(blockers.includes(receiver) ? RequestStatus.unseen : RequestStatus.pending)
  }
}

describe('a request', () => {
  it('waits for its receiver alone, with its sender and its time', async () => {
    const { ada, bob } = await strangers()
    await friendRequest.ask(stores, ada, { target_id: bob, remark: 'It is me' })
    expect(await pendingFor(ada)).toEqual([])
    const shown = {
      sender_id: ada,
      sender_name: expect.stringMatching(/^ada-/),
      avatar: '',
      remark: 'It is me',
      status: 0,
    }
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    expect(await pendingFor(bob)).toEqual([{ id: expect.any(Number), ...shown, created_at: time }])
  })

  it('is refused to oneself, to nobody, to a friend, and while one waits', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    await ask(ada, eve)
    await expect(ask(ada, ada)).rejects.toEqual(refusal('TARGET_IS_SELF'))
    await expect(ask(ada, nobody)).rejects.toEqual(refusal('USER_NOT_FOUND'))
    await expect(ask(ada, bob)).rejects.toEqual(refusal('ALREADY_FRIENDS'))
    await expect(ask(bob, ada)).rejects.toEqual(refusal('ALREADY_FRIENDS'))
    await expect(ask(ada, eve)).rejects.toEqual(refusal('REQUEST_PENDING'))
  })

  it('may be made again after it was refused', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    await decide(bob, ada, refuse)
    await ask(ada, bob)
    expect(await pendingFor(bob)).toHaveLength(1)
  })

  it('is decided by nobody but its receiver, and once', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    const [request] = await pendingFor(bob)
    const verdict = { request_id: request?.id ?? 0, action: accept } as const
    for (const other of [ada, await person('eve')]) {
      await expect(friendRequest.decide(stores, other, verdict)).rejects.toEqual(refusal('REQUEST_NOT_FOUND'))
    }
    await friendRequest.decide(stores, bob, verdict)
    await expect(friendRequest.decide(stores, bob, verdict)).rejects.toEqual(refusal('REQUEST_NOT_FOUND'))
  })

  it('of the other direction is settled by an acceptance and left by a refusal', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    await ask(bob, ada)
    await decide(bob, ada, refuse)
    expect(await pendingFor(ada)).toHaveLength(1)
    await ask(ada, bob)
    await decide(ada, bob, accept)
    expect(await pendingFor(bob)).toEqual([])
    await expectWhole(ada, bob)
  })
})

describe('a friendship', () => {
  it('begins with nothing unread, wherever the conversation has got to', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob), record(bob, ada), record(ada, bob)], now)
    await remove(bob, ada)
    await befriend(bob, ada)
    const read = { unread_count: 0, last_seq: 3, read_seq: 3, peer_read_seq: 3 }
    expect(await seen(ada, bob)).toMatchObject(read)
    expect(await seen(bob, ada)).toMatchObject(read)
    const [row] = await db.selectFrom('relations').selectAll().where('owner_id', '=', ada).execute()
    expect(row?.last_read_msg_id).toBeGreaterThan(0)
  })

  it('ends for both, once, and keeps the conversation', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob)], now)
    await remove(ada, bob)
    expect(await seen(ada, bob)).toBeUndefined()
    expect(await seen(bob, ada)).toBeUndefined()
    const { low, high } = pairOf(ada, bob)
    const conversation = db
      .selectFrom('conversations')
      .selectAll()
      .where('low_id', '=', low)
      .where('high_id', '=', high)
    expect(await conversation.execute()).toMatchObject([{ last_seq: 1 }])
    for (const [one, other] of [
      [ada, bob],
      [bob, ada],
      [ada, ada],
      [ada, nobody],
    ] as const) {
      await expect(remove(one, other)).rejects.toEqual(refusal('NOT_FRIENDS'))
    }
  })

  it('is listed with the last spoken with first', async () => {
    const ada = await person('ada')
    const others = await Promise.all(['bob', 'carol', 'dan'].map(person))
    for (const other of others) await befriend(ada, other)
    const [bob = 0, carol = 0, dan = 0] = others
    await store({ db }, [record(carol, ada, { content: 'later' })], now + 1000)
    await store({ db }, [record(ada, dan, { content: 'earlier' })], now)
    expect((await friend.list(stores, ada)).items).toMatchObject([
      { id: carol, content: 'later', last_message_time: now + 1000, unread_count: 1 },
      { id: dan, content: 'earlier', last_message_time: now, unread_count: 0 },
      { id: bob, content: '', last_message_time: 0, unread_count: 0 },
    ])
  })

  it('shows who is online, in the list and on the page', async () => {
    const { ada, bob } = await friends()
    await presence.arrive({ redis }, device(bob, 'phone'), Date.now())
    expect((await seen(ada, bob))?.online).toBe(true)
    expect((await seen(bob, ada))?.online).toBe(false)
    expect((await friend.info(stores, ada, { target_id: bob })).online).toBe(true)
  })

  it('shows more on the page than in the list, to friends alone', async () => {
    const { ada, bob } = await friends()
    const listed = await seen(ada, bob)
    expect(await friend.info(stores, ada, { target_id: bob })).toEqual({ ...listed, email: '', phone: '' })
    for (const target_id of [await person('eve'), ada, nobody]) {
      await expect(friend.info(stores, ada, { target_id })).rejects.toEqual(refusal('NOT_FRIENDS'))
    }
  })

  it('has a name of its own for each side', async () => {
    const { ada, bob } = await friends()
    const name = (owner: number, target_id: number, desc: string) => friend.describe(stores, owner, { target_id, desc })
    await name(ada, bob, 'Bobby')
    await name(ada, bob, 'Bobby')
    expect((await seen(ada, bob))?.desc).toBe('Bobby')
    expect((await seen(bob, ada))?.desc).toBe('')
    await expect(name(ada, await person('eve'), 'x')).rejects.toEqual(refusal('NOT_FRIENDS'))
  })
})

describe('a read mark', () => {
  it('goes to the end and leaves nothing unread, as often as it is set', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob), record(ada, bob)], now)
    expect(await seen(bob, ada)).toMatchObject({ unread_count: 2, read_seq: 0 })
    await markRead(bob, ada)
    await markRead(bob, ada)
    expect(await seen(bob, ada)).toMatchObject({ unread_count: 0, read_seq: 2, peer_read_seq: 0 })
    expect(await seen(ada, bob)).toMatchObject({ read_seq: 0, peer_read_seq: 2 })
  })

  it('stays exact while messages come in', async () => {
    const { ada, bob } = await friends()
    await Promise.all(
      Array.from({ length: 20 }, (_, turn) => (turn % 2 ? markRead(bob, ada) : store({ db }, [record(ada, bob)], now))),
    )
    const { last_seq = 0, read_seq = 0, unread_count } = (await seen(bob, ada)) ?? {}
    expect(last_seq).toBe(10)
    expect(unread_count).toBe(last_seq - read_seq)
  })

  it('is refused for somebody who is no friend', async () => {
    const { ada, bob } = await strangers()
    for (const target of [bob, ada, nobody]) await expect(markRead(ada, target)).rejects.toEqual(refusal('NOT_FRIENDS'))
  })
})

describe('a block', () => {
  it('ends the friendship and is its owner’s alone', async () => {
    const { ada, bob } = await friends()
    await blocks(ada, bob)
    await blocks(ada, bob)
    expect(await seen(ada, bob)).toBeUndefined()
    expect(await seen(bob, ada)).toBeUndefined()
    const card = { id: bob, username: expect.any(String), nickname: '', avatar: '' }
    expect((await block.list(stores, ada)).items).toEqual([card])
    expect((await block.list(stores, bob)).items).toEqual([])
  })

  it('is refused of nobody and of oneself', async () => {
    const ada = await person('ada')
    await expect(blocks(ada, nobody)).rejects.toEqual(refusal('USER_NOT_FOUND'))
    await expect(blocks(ada, ada)).rejects.toEqual(refusal('TARGET_IS_SELF'))
  })

  it('hides what the blocked asks or has asked, and gives them the answers of anyone', async () => {
    const { ada, bob } = await strangers()
    const eve = await person('eve')
    await ask(bob, ada)
    const [waiting] = await pendingFor(ada)
    await blocks(ada, bob)
    await blocks(ada, eve)
    await ask(eve, ada)
    for (const blocked of [bob, eve]) await expect(ask(blocked, ada)).rejects.toEqual(refusal('REQUEST_PENDING'))
    expect(await pendingFor(ada)).toEqual([])
    const verdict = { request_id: waiting?.id ?? 0, action: accept } as const
    await expect(friendRequest.decide(stores, ada, verdict)).rejects.toEqual(refusal('REQUEST_NOT_FOUND'))
  })

  it('withdraws what its owner has asked, and keeps the owner from asking', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    await blocks(ada, bob)
    expect(await pendingFor(bob)).toEqual([])
    await expect(ask(ada, bob)).rejects.toEqual(refusal('TARGET_BLOCKED'))
  })

  it('is lifted alone: no friendship, no old request, but a new one is seen', async () => {
    const { ada, bob } = await friends()
    await blocks(ada, bob)
    await ask(bob, ada)
    await unblocks(ada, bob)
    expect((await block.list(stores, ada)).items).toEqual([])
    expect(await between(ada, bob)).toMatchObject({ friends: [], blockers: [] })
    expect(await pendingFor(ada)).toEqual([])
    await ask(bob, ada)
    expect(await pendingFor(ada)).toHaveLength(1)
    await expect(unblocks(ada, bob)).rejects.toEqual(refusal('NOT_BLOCKED'))
    await expect(unblocks(ada, nobody)).rejects.toEqual(refusal('NOT_BLOCKED'))
  })

  it('is each side’s own', async () => {
    const { ada, bob } = await friends()
    await blocks(ada, bob)
    await blocks(bob, ada)
    await unblocks(ada, bob)
    expect((await between(ada, bob)).blockers).toEqual([bob])
    await ask(ada, bob)
    expect(await pendingFor(bob)).toEqual([])
  })
})

describe('of two at the same instant', () => {
  const rounds = [1, 2, 3, 4]
  const winners = (outcomes: PromiseSettledResult<void>[]) => outcomes.map(({ status }) => status === 'fulfilled')

  it.each(rounds)('one equal request is made (round %i)', async () => {
    const { ada, bob } = await strangers()
    const outcomes = await Promise.allSettled([ask(ada, bob), ask(ada, bob), ask(ada, bob)])
    expect(winners(outcomes).filter(Boolean)).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refusal('REQUEST_PENDING'))
    }
  })

  it.each(rounds)('one verdict counts (round %i)', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    const outcomes = await Promise.allSettled([decide(bob, ada, accept), decide(bob, ada, refuse)])
    expect(winners(outcomes).filter(Boolean)).toHaveLength(1)
    expect((await seen(ada, bob)) !== undefined).toBe(winners(outcomes)[0])
    await expectWhole(ada, bob)
  })

  it.each(rounds)('one acceptance of crossing requests makes the friendship (round %i)', async () => {
    const { ada, bob } = await strangers()
    await Promise.all([ask(ada, bob), ask(bob, ada)])
    const outcomes = await Promise.allSettled([decide(ada, bob, accept), decide(bob, ada, accept)])
    expect(winners(outcomes).filter(Boolean)).toHaveLength(1)
    expect(await seen(ada, bob)).toBeDefined()
    await expectWhole(ada, bob)
  })

  it.each(rounds)('the one who blocks has the last word over an acceptance (round %i)', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    const [, blocked] = await Promise.allSettled([decide(bob, ada, accept), blocks(ada, bob)])
    expect(blocked.status).toBe('fulfilled')
    expect(await between(ada, bob)).toMatchObject({ friends: [], blockers: [ada] })
  })
})

/** Everything that ada and bob can do, and every state that they can start from. */
const acts: Record<string, (ada: number, bob: number) => Promise<void>> = {
  'ada asks': (ada, bob) => ask(ada, bob),
  'bob asks': (ada, bob) => ask(bob, ada),
  'ada accepts': (ada, bob) => decide(ada, bob, accept),
  'bob accepts': (ada, bob) => decide(bob, ada, accept),
  'bob refuses': (ada, bob) => decide(bob, ada, refuse),
  'ada deletes': (ada, bob) => remove(ada, bob),
  'bob deletes': (ada, bob) => remove(bob, ada),
  'ada blocks': (ada, bob) => blocks(ada, bob),
  'bob blocks': (ada, bob) => blocks(bob, ada),
  'ada unblocks': (ada, bob) => unblocks(ada, bob),
}
const starts: Record<string, (ada: number, bob: number) => Promise<unknown>> = {
  strangers: async () => undefined,
  'a request': (ada, bob) => ask(ada, bob),
  'crossing requests': async (ada, bob) => [await ask(ada, bob), await ask(bob, ada)],
  friends: (ada, bob) => befriend(ada, bob),
  'a block': (ada, bob) => blocks(ada, bob),
  'a block and a request': async (ada, bob) => [await blocks(ada, bob), await ask(bob, ada)],
}

describe.each(Object.entries(starts))('from %s', (_start, prepare) => {
  const names = Object.keys(acts)
  const pairs = names.flatMap((one, index) => names.slice(index).map((other) => [one, other] as const))

  it.each(pairs)('%s while %s: what is left is whole', async (one, other) => {
    const { ada, bob } = await strangers()
    await prepare(ada, bob)
    const outcomes = await Promise.allSettled([acts[one]?.(ada, bob), acts[other]?.(ada, bob)])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Refusal)
    }
    await expectWhole(ada, bob)
  })
})
