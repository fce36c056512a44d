/** Requests for friendship: who sees them, who decides them, and what they leave. */
import { afterAll, describe, expect, it } from 'vitest'
import { config } from '../../lib/core/config.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { accept, refuse } from '../../lib/wire/friend.ts'
import { ask, blocks, decide, expectWhole, nobody, pendingFor, refusal, stores, strangers } from './contact.ts'
import { closeClients, db, device, friends, person, range } from './stage.ts'

afterAll(closeClients)

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
    // Eve has a conversation with the sender, which a verdict needs.
    const eve = await person('eve')
    await ask(eve, ada)
    for (const other of [ada, eve]) {
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

describe('of many requests', () => {
  /** Fills what waits for somebody, but for one request. */
  async function crowd(receiver_id: number): Promise<void> {
    const senders = range(1, config.friendRequestsWaiting - 1).map((each) => nobody - each)
    await db
      .insertInto('friend_requests')
      .values(senders.map((sender_id) => ({ sender_id, receiver_id, status: 0, remark: '', created_at: 0 })))
      .execute()
  }

  it('so many wait; the next is answered as if it waited, and comes when there is room again', async () => {
    const { ada, bob } = await strangers()
    const eve = await person('eve')
    await crowd(bob)
    await ask(ada, bob)
    await expect(ask(eve, bob)).rejects.toEqual(refusal('REQUEST_PENDING'))
    expect((await pendingFor(bob)).map(({ sender_id }) => sender_id)).toEqual([ada])
    await decide(bob, ada, refuse)
    await ask(eve, bob)
    expect((await pendingFor(bob)).map(({ sender_id }) => sender_id)).toEqual([eve])
  })

  it('none tells who is blocked, whether there is room or not', async () => {
    const { ada, bob } = await strangers()
    const [eve, blocked] = await Promise.all(['eve', 'blocked'].map(person))
    await blocks(bob, blocked ?? 0)
    await crowd(bob)
    await ask(ada, bob)
    for (const one of [ada, eve, blocked]) {
      for (const _time of range(1, 2)) await expect(ask(one ?? 0, bob)).rejects.toEqual(refusal('REQUEST_PENDING'))
    }
  })
})

describe('the time of an answer', () => {
  it('is a whole number of steps, whether the other one is there or not, or has blocked who asks', async () => {
    const people = await Promise.all(['offline', 'online', 'blocker'].map(person))
    const [offline = 0, online = 0, blocker = 0] = people
    const ada = await person('ada')
    await blocks(blocker, ada)
    const socket = device(online, 'phone')
    for (const each of range(1, 5)) await presence.arrive(stores, { ...socket, id: `${online}-${each}` }, Date.now())
    for (const target of [offline, online, blocker]) {
      const began = performance.now()
      await ask(ada, target)
      expect(performance.now() - began).toBeGreaterThanOrEqual(49)
    }
  })
})
