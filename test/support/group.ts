/** Steps in groups. */
import { expect } from 'vitest'
import { z } from 'zod'
import { accept } from './friend.ts'
import { call, ok, type Reply } from './http.ts'
import type { Person } from './people.ts'
import { GroupInfo, GroupMember, GroupRequest, MyGroup } from './shape.ts'
import type { Group } from './written-group.ts'

/** A group as a list, a search or its own page names it. */
interface Known {
  id: number
}

/** How messages name a group that has come from a route. */
export const joined = ({ id }: Known): Group => ({ id, chat_type: 3 })

/** Creates a group. */
export async function create(owner: Person, name: string, more: Record<string, unknown> = {}): Promise<GroupInfo> {
  return ok(await call('POST', '/api/group/create', { token: owner.token, body: { name, ...more } }), GroupInfo)
}

/** Asks for something in a group: a route that takes `group_id`, and what else it takes. */
export function actIn(
  person: Person,
  route: string,
  { id }: Known,
  more: Record<string, unknown> = {},
): Promise<Reply> {
  return call('POST', `/api/group/${route}`, { token: person.token, body: { group_id: id, ...more } })
}

/** What a group says of itself to a member. */
export async function groupInfo(member: Person, { id }: Known): Promise<GroupInfo> {
  return ok(await call('GET', '/api/group/info', { token: member.token, query: { group_id: id } }), GroupInfo)
}

export async function search(person: Person, group_code: string): Promise<GroupInfo> {
  return ok(await call('GET', '/api/group/search', { token: person.token, query: { group_code } }), GroupInfo)
}

export async function myGroups(member: Person): Promise<MyGroup[]> {
  return ok(await call('GET', '/api/group/my-groups', { token: member.token }), z.array(MyGroup))
}

/** A member's row about a group. */
export async function myGroup(member: Person, { id }: Known): Promise<MyGroup> {
  const rows = (await myGroups(member)).filter((row) => row.id === id)
  expect(rows).toHaveLength(1)
  return z.tuple([MyGroup]).parse(rows)[0]
}

export async function members(member: Person, { id }: Known): Promise<GroupMember[]> {
  const reply = await call('GET', '/api/group/members', { token: member.token, query: { group_id: id } })
  return ok(reply, z.array(GroupMember))
}

/** The requests to join that somebody may decide. */
export async function groupRequests(owner: Person): Promise<GroupRequest[]> {
  return ok(await call('GET', '/api/group/requests', { token: owner.token }), z.array(GroupRequest))
}

/** The one request of `sender` to a group that waits. */
export async function groupRequestOf(owner: Person, sender: Person, { id }: Known): Promise<GroupRequest> {
  const rows = (await groupRequests(owner)).filter((row) => row.sender_id === sender.id && row.group_id === id)
  expect(rows).toHaveLength(1)
  return z.tuple([GroupRequest]).parse(rows)[0]
}

export function decideIn(owner: Person, request_id: number, action: number): Promise<Reply> {
  return call('POST', '/api/group/handle-join', { token: owner.token, body: { request_id, action } })
}

/** Makes somebody a member the way people do: one asks, the owner accepts and gives a role. */
export async function entitle(owner: Person, group: Known, newcomer: Person, role: 2 | 3): Promise<void> {
  ok(await actIn(newcomer, 'join', group))
  ok(await decideIn(owner, (await groupRequestOf(owner, newcomer, group)).id, accept))
  if (role === 2) ok(await actIn(owner, 'members/update', group, { target_id: newcomer.id, new_role: role }))
}
