/** What a person does with groups. Each rejects with the library's ChatError, but for the level of notifications. */
import { newId } from 'gochat-client'
import { forgetGroupRequest } from './group-requests.ts'
import { call, readAll, reasonOf, showNotice } from './link.ts'
import { peopleChanged } from './people.ts'
import type { GroupMember, GroupRequest } from './state.ts'

/** A group as a search shows it. */
export interface FoundGroup {
  id: number
  code: string
  name: string
  icon: string
  desc: string
  member_count: number
  /** 1 an administrator approves it, 2 who wants to, 3 by invitation only. */
  join_policy: number
}

/** @returns its id. */
export async function createGroup(name: string): Promise<number> {
  const { id } = await call<FoundGroup>('POST', '/api/group/create', { name, client_group_id: newId() })
  peopleChanged()
  return id
}

/** The one of this code, or undefined. */
export async function findGroup(code: string): Promise<FoundGroup | undefined> {
  try {
    return await call<FoundGroup>('GET', `/api/group/search?${new URLSearchParams({ group_code: code })}`)
  } catch (failure) {
    if (reasonOf(failure) === 'GROUP_NOT_FOUND' || reasonOf(failure) === 'INVALID_INPUT') return undefined
    throw failure
  }
}

export const joinGroup = (group_id: number): Promise<void> => change('join', { group_id })

export const membersOf = (group_id: number): Promise<GroupMember[]> =>
  readAll<GroupMember>(`/api/group/members?group_id=${group_id}`)

export const inviteTo = (group_id: number, user_ids: readonly number[]): Promise<void> =>
  change('invite', { group_id, user_ids })
export const kick = (group_id: number, user_id: number): Promise<void> => change('kick', { group_id, user_id })
export const muteMember = (group_id: number, user_id: number, muted: boolean): Promise<void> =>
  change('mute', { group_id, user_id, muted })
export const setRole = (group_id: number, target_id: number, new_role: 2 | 3): Promise<void> =>
  change('members/update', { group_id, target_id, new_role })
export const makeOwner = (group_id: number, user_id: number): Promise<void> => change('transfer', { group_id, user_id })
export const renameGroup = (group_id: number, name: string): Promise<void> => change('info/update', { group_id, name })
export const setGroupIcon = (group_id: number, icon: string): Promise<void> => change('info/update', { group_id, icon })
/** Of which messages the person wants to be told: 0 all, 1 those that mention them, 2 none. */
export const setGroupNotify = (group_id: number, level: number): Promise<void> =>
  change('notify', { group_id, level }).catch(showNotice)
export const leaveGroup = (group_id: number): Promise<void> => change('quit', { group_id })
export const dissolveGroup = (group_id: number): Promise<void> => change('dissolve', { group_id })

export async function answerGroupRequest(request: GroupRequest, accepts: boolean): Promise<void> {
  try {
    await change('handle-join', { request_id: request.id, action: accepts ? 1 : 2 })
  } catch (failure) {
    // Somebody has settled it elsewhere.
    if (reasonOf(failure) === 'REQUEST_NOT_FOUND') forgetGroupRequest(request.id)
    throw failure
  }
  forgetGroupRequest(request.id)
}

async function change(route: string, body: Record<string, unknown>): Promise<void> {
  await call('POST', `/api/group/${route}`, body)
  peopleChanged()
}
