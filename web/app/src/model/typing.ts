/** Tells the other side that the person types: not at each key, and not for longer than it is true. */
import type { Chat } from 'gochat-client'
import { currentChat, hasChat, isCurrent } from './link.ts'
import { targetOf } from './threads.ts'

const againAfterMs = 3_000
const restMs = 5_000

/** What the other side believes. */
let told: { chat: Chat; key: string; at: number } | undefined
let rest: ReturnType<typeof setTimeout> | undefined

/** Called at each change of the text; tells the other side at most every few seconds, and when it stops. */
export function setTyping(key: string, typing: boolean): void {
  if (told && (told.key !== key || !typing)) stop()
  if (!typing || !hasChat()) return
  clearTimeout(rest)
  rest = setTimeout(stop, restMs)
  const chat = currentChat()
  if (told && told.chat === chat && Date.now() - told.at < againAfterMs) return
  told = { chat, key, at: Date.now() }
  chat.typing(targetOf(key), true)
}

function stop(): void {
  clearTimeout(rest)
  if (told && isCurrent(told.chat)) told.chat.typing(targetOf(told.key), false)
  told = undefined
}
