/** Steps between two people. Those that return a reply leave the verdict on it to the test. */
import { expect } from 'vitest'
import { z } from 'zod'
import { call, ok, type Reply } from './http.ts'
import type { Person } from './people.ts'
import { Card, Friend, FriendInfo, FriendRequest } from './shape.ts'

export type Action = 'delete' | 'block' | 'unblock' | 'mark-read'

export const accept = 1
export const refuse = 2

export function request(sender: Person, target: { id: number }, remark?: string): Promise<Reply> {
  const body = { target_id: target.id, ...(remark !== undefined && { remark }) }
  return call('POST', '/api/friend/request', { token: sender.token, body })
}

export function decide(owner: Person, requestId: number, action: number): Promise<Reply> {
  return call('POST', '/api/friend/handle', { token: owner.token, body: { request_id: requestId, action } })
}

/** Deletes, blocks, unblocks or marks read. */
export function act(owner: Person, action: Action, target: { id: number }): Promise<Reply> {
  return call('POST', `/api/friend/${action}`, { token: owner.token, body: { target_id: target.id } })
}

export function describeFriend(owner: Person, target: { id: number }, desc: string): Promise<Reply> {
  return call('POST', '/api/friend/desc', { token: owner.token, body: { target_id: target.id, desc } })
}

export function askInfo(owner: Person, target: { id: number }): Promise<Reply> {
  return call('GET', '/api/friend/info', { token: owner.token, query: { target_id: target.id } })
}

export async function info(owner: Person, target: { id: number }): Promise<z.infer<typeof FriendInfo>> {
  return ok(await askInfo(owner, target), FriendInfo)
}

/** The requests that wait for the owner's verdict. */
export async function requests(owner: Person): Promise<FriendRequest[]> {
  return ok(await call('GET', '/api/friend/requests', { token: owner.token }), z.array(FriendRequest))
}

/** The one request of `sender` that waits for the owner. */
export async function requestFrom(owner: Person, sender: Person): Promise<FriendRequest> {
  const pending = (await requests(owner)).filter((row) => row.sender_id === sender.id)
  expect(pending).toHaveLength(1)
  return z.tuple([FriendRequest]).parse(pending)[0]
}

export async function list(owner: Person): Promise<Friend[]> {
  return ok(await call('GET', '/api/friend/list', { token: owner.token }), z.array(Friend))
}

/** The owner's row about a friend. */
export async function friendOf(owner: Person, friend: Person): Promise<Friend> {
  const rows = (await list(owner)).filter((row) => row.id === friend.id)
  expect(rows).toHaveLength(1)
  return z.tuple([Friend]).parse(rows)[0]
}

export async function blocked(owner: Person): Promise<z.infer<typeof Card>[]> {
  return ok(await call('GET', '/api/friend/block/list', { token: owner.token }), z.array(Card))
}

/** Whether two people are friends; asserts that both see it alike. */
export async function areFriends(one: Person, other: Person): Promise<boolean> {
  const [ofOne, ofOther] = await Promise.all([list(one), list(other)])
  const seen = ofOne.filter((row) => row.id === other.id).length
  expect(ofOther.filter((row) => row.id === one.id)).toHaveLength(seen)
  expect(seen).toBeLessThanOrEqual(1)
  return seen === 1
}

/** Makes two people friends the way people do: one asks, the other accepts. */
export async function befriend(one: Person, other: Person): Promise<void> {
  ok(await request(one, other))
  ok(await decide(other, (await requestFrom(other, one)).id, accept))
}
