/** Requests to join groups that the person runs. */
import { isOver } from 'gochat-client'
import { hasChat, readAll, reasonOf, showNotice } from './link.ts'
import { type GroupRequest, useApp } from './state.ts'

let readings = 0

/** Of several readings the last one counts. */
export async function refreshGroupRequests(): Promise<void> {
  readings += 1
  const reading = readings
  try {
    const groupRequests = await readAll<GroupRequest>('/api/group/requests')
    if (reading === readings && hasChat()) useApp.setState({ groupRequests })
  } catch (failure) {
    // The next connection reads them again.
    if (!isOver(reasonOf(failure)) && reasonOf(failure) !== 'UNREACHABLE') showNotice(failure)
  }
}

export function forgetGroupRequest(id: number): void {
  useApp.setState(({ groupRequests }) => ({ groupRequests: groupRequests.filter((request) => request.id !== id) }))
}
