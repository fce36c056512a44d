/** Requests for friendship that wait for an answer. */
import { isOver } from 'gochat-client'
import { hasChat, readAll, reasonOf, showNotice } from './link.ts'
import { type FriendRequest, useApp } from './state.ts'

let readings = 0

/** Of several readings the last one counts. */
export async function refreshRequests(): Promise<void> {
  readings += 1
  const reading = readings
  try {
    const requests = await readAll<FriendRequest>('/api/friend/requests')
    if (reading === readings && hasChat()) useApp.setState({ requests })
  } catch (failure) {
    // The next connection reads them again.
    if (!isOver(reasonOf(failure)) && reasonOf(failure) !== 'UNREACHABLE') showNotice(failure)
  }
}

export function forgetRequest(id: number): void {
  useApp.setState(({ requests }) => ({ requests: requests.filter((request) => request.id !== id) }))
}
