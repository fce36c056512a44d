/** Messages that others answer, and that lie beyond what is in memory: read one by one, as they are shown. */
import type { Message } from 'gochat-client'
import { changed } from 'gochat-client/changes'
import { currentChat, isCurrent } from './link.ts'
import { stored } from './shown.ts'
import { keyOf, quotedKey, useApp } from './state.ts'
import { pageOf } from './threads.ts'

const most = 500

/** By `quotedKey`; null for what is not there. */
const rows = new Map<string, Message | null>()
const asked = new Set<string>()

/** Has a message in the state. What could not be read is asked for again the next time. */
export async function loadQuoted(key: string, seq: number): Promise<void> {
  const id = quotedKey(key, seq)
  if (rows.has(id) || asked.has(id)) return
  asked.add(id)
  const chat = currentChat()
  const page = await pageOf(key, { before_seq: seq + 1, limit: 1 }).catch(() => undefined)
  asked.delete(id)
  if (page && isCurrent(chat)) learn(id, page.find((row) => row.seq === seq && !row.change) ?? null)
}

/** A message that came live: it may tell of a change of one of them. */
export function changeQuoted(event: Message): void {
  if (!event.change) return
  const id = quotedKey(keyOf(event.target_id, event.chat_type), event.change.seq)
  const row = rows.get(id)
  if (row) learn(id, changed(row, event))
}

export function forgetQuoted(): void {
  rows.clear()
  useApp.setState({ quoted: {} })
}

function learn(id: string, row: Message | null): void {
  if (rows.size >= most) forgetQuoted()
  rows.set(id, row)
  useApp.setState(({ quoted }) => ({ quoted: { ...quoted, [id]: row && stored(row, id) } }))
}
