/** Members of groups, read when a view first needs their names, and again when something of the group has changed. */
import type { Target } from 'gochat-client'
import { membersOf } from './groups.ts'
import { currentChat, isCurrent } from './link.ts'
import { keyOf, useApp } from './state.ts'
import { targetOf } from './threads.ts'

const asked = new Set<string>()

/** Has the members of a group in the state. What could not be read is asked for again the next time. */
export async function loadMembers(key: string): Promise<void> {
  if (useApp.getState().members[key] || asked.has(key)) return
  asked.add(key)
  await read(key)
  asked.delete(key)
}

/** Reads those again that are there. */
export function refreshMembers({ target_id, chat_type }: Target): void {
  const key = keyOf(target_id, chat_type)
  if (useApp.getState().members[key]) void read(key)
}

async function read(key: string): Promise<void> {
  const chat = currentChat()
  const all = await membersOf(targetOf(key).target_id).catch(() => undefined)
  if (all && isCurrent(chat)) useApp.setState(({ members }) => ({ members: { ...members, [key]: all } }))
}
