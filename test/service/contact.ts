/** What people do with each other, and what then stands between them. */
import { expect } from 'vitest'
import { RelationType, RequestStatus } from '../../lib/schema/tables.ts'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { accept, type Verdict } from '../../lib/wire/friend.ts'
import { db, listeningGateway, person, redis } from './stage.ts'

export const stores = { db, redis, gateway: listeningGateway().gateway }
export const nobody = Number.MAX_SAFE_INTEGER
export const refusal = (reason: string) => expect.objectContaining({ reason })

export const ask = (from: number, to: number) => friendRequest.ask(stores, from, { target_id: to })
export const remove = (from: number, to: number) => friend.remove(stores, from, { target_id: to })
export const blocks = (from: number, to: number) => block.block(stores, from, { target_id: to })
export const unblocks = (from: number, to: number) => block.unblock(stores, from, { target_id: to })
export const markRead = (owner: number, from: number) => friend.markRead(stores, owner, { target_id: from })
export const pendingFor = async (owner: number) => (await friendRequest.pending(stores, owner)).items

/** Decides the request that waits for `owner` from `sender`, or one that is not there. */
export async function decide(owner: number, sender: number, action: Verdict['action']): Promise<void> {
  const request = (await pendingFor(owner)).find(({ sender_id }) => sender_id === sender)
  await friendRequest.decide(stores, owner, { request_id: request?.id ?? nobody, action })
}

export async function befriend(one: number, other: number): Promise<void> {
  await ask(one, other)
  await decide(other, one, accept)
}

export async function strangers(): Promise<{ ada: number; bob: number }> {
  const [ada, bob] = await Promise.all([person('ada'), person('bob')])
  return { ada, bob }
}

/** A friend as its owner sees it, or undefined. */
export async function seen(owner: number, other: number) {
  return (await friend.list(stores, owner)).items.find(({ id }) => id === other)
}

/** What stands between two people. */
export async function between(ada: number, bob: number) {
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
export async function expectWhole(ada: number, bob: number): Promise<void> {
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
