/** What the service has of the person: their profile, their sessions, and all of it as a file. */
import { ChatError, type Page } from 'gochat-client'
import { call, readAll, readPage } from './link.ts'
import { type Profile, useApp } from './state.ts'

export interface SessionEntry {
  id: string
  device: string
  address: string
  created_at: number
  seen_at: number
  expires_at: number
  online: boolean
  current: boolean
}

const mostAttempts = 5

export async function loadProfile(): Promise<Profile> {
  return showProfile(await call<Profile>('GET', '/api/user/profile'))
}

export async function updateProfile(changes: Partial<Omit<Profile, 'id' | 'username'>>): Promise<void> {
  showProfile(await call<Profile>('PUT', '/api/user/profile', changes))
}

export const listSessions = (): Promise<SessionEntry[]> => readAll<SessionEntry>('/api/user/sessions')

export async function endSession(id: string): Promise<void> {
  await call('POST', '/api/user/sessions/end', { session_id: id })
}

export async function endOtherSessions(): Promise<void> {
  await call('POST', '/api/user/sessions/end-all', {})
}

/** Everything that the service has of the user, as a file that the browser saves. `onProgress` is told the entries so far. */
export async function exportData(onProgress: (entries: number) => void): Promise<Blob> {
  // Many small parts, which the browser may keep on the disk.
  const parts: Blob[] = []
  let entries = 0
  for (let next: string | undefined = '/api/user/export'; next; ) {
    const page: Page<unknown[]> = await patiently(next)
    const lines = page.data.map((entry) => JSON.stringify(entry)).join(',\n')
    if (lines) parts.push(new Blob([entries > 0 ? ',\n' : '', lines]))
    entries += page.data.length
    onProgress(entries)
    next = page.next
  }
  return new Blob(['[\n', ...parts, '\n]\n'], { type: 'application/json' })
}

/** A page that the service cannot give now is asked for again: else all that came before it would have been for nothing. */
async function patiently(path: string): Promise<Page<unknown[]>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readPage(path)
    } catch (failure) {
      if (!(failure instanceof ChatError) || !failure.isRetryable || attempt === mostAttempts) throw failure
      await new Promise((resolve) => setTimeout(resolve, Math.max(failure.retryAfterMs ?? 0, 1_000 * attempt)))
    }
  }
}

function showProfile(profile: Profile): Profile {
  if (useApp.getState().session) useApp.setState({ profile })
  return profile
}
