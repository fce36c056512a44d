/** Finding people, and what is between them and the person who is signed in. */

import { refreshGroupRequests } from './group-requests.ts'
import { keep, onKept } from './kept.ts'
import { call, hasChat, readAll, reasonOf } from './link.ts'
import { change, conversationOf, refreshList } from './list.ts'
import { forgetRequest, refreshRequests } from './requests.ts'
import { type FriendRequest, keyOf, type Person } from './state.ts'

/** The one of exactly this name, or undefined. */
export async function findPerson(username: string): Promise<Person | undefined> {
  try {
    return await call<Person>('GET', `/api/user/search?${new URLSearchParams({ username })}`)
  } catch (failure) {
    if (reasonOf(failure) === 'USER_NOT_FOUND') return undefined
    throw failure
  }
}

export async function requestFriend(id: number, remark: string): Promise<void> {
  await call('POST', '/api/friend/request', { target_id: id, ...(remark && { remark }) })
  tellOthers()
}

export async function answerRequest(request: FriendRequest, accepts: boolean): Promise<void> {
  try {
    await call('POST', '/api/friend/handle', { request_id: request.id, action: accepts ? 1 : 2 })
  } catch (failure) {
    // Somebody has settled it elsewhere.
    if (reasonOf(failure) === 'REQUEST_NOT_FOUND') forgetRequest(request.id)
    throw failure
  }
  forgetRequest(request.id)
  peopleChanged()
}

/** The name that the owner alone sees; an empty one takes it away. */
export async function nameFriend(id: number, desc: string): Promise<void> {
  await call('POST', '/api/friend/desc', { target_id: id, desc })
  const key = keyOf(id)
  const friend = conversationOf(key)
  if (friend) change(key, { desc, title: desc || friend.nickname || friend.username })
  tellOthers()
}

export async function deleteFriend(id: number): Promise<void> {
  await call('POST', '/api/friend/delete', { target_id: id })
  peopleChanged()
}

export async function blockPerson(id: number): Promise<void> {
  await call('POST', '/api/friend/block', { target_id: id })
  peopleChanged()
}

export async function unblockPerson(id: number): Promise<void> {
  await call('POST', '/api/friend/unblock', { target_id: id })
  tellOthers()
}

export const listBlocked = (): Promise<Person[]> => readAll<Person>('/api/friend/block/list')

export function peopleChanged(): void {
  refreshPeople()
  tellOthers()
}

export function refreshPeople(): void {
  if (!hasChat()) return
  refreshList()
  void refreshRequests()
  void refreshGroupRequests()
}

const changedName = 'people-changed'

/** The service tells the other side; the other tabs of this one hear of it here. */
const tellOthers = (): void => keep(changedName, Date.now())

export const followPeople = (): void => onKept(changedName, refreshPeople)
