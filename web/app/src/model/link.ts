/** The chat of the person who is signed in, and calls of the service in their name. */
import { type Chat, ChatError, isOver, type Page } from 'gochat-client'
import { useApp } from './state.ts'

let chat: Chat | undefined
let whenOver: (reason: string) => void = () => {}

/** @throws ChatError when nobody is signed in. */
export function currentChat(): Chat {
  if (!chat) throw new ChatError('TOKEN_MISSING')
  return chat
}

export const hasChat = (): boolean => chat !== undefined
export const isCurrent = (one: Chat): boolean => chat === one

export function setChat(next: Chat | undefined): void {
  chat = next
}

/** Names who is told that the session is over. */
export function onOver(listener: (reason: string) => void): void {
  whenOver = listener
}

/** Anything that was thrown, by its reason. */
export const reasonOf = (failure: unknown): string => (failure instanceof ChatError ? failure.reason : 'other')

/** @throws ChatError */
export const call = <Data = unknown>(method: string, path: string, body?: unknown): Promise<Data> =>
  ask((chat) => chat.call<Data>(method, path, body))

/** @throws ChatError */
export const readPage = <Entry>(path: string): Promise<Page<Entry[]>> => ask((chat) => chat.page<Entry>(path))

/** All pages of a list. @throws ChatError */
export async function readAll<Entry>(path: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let next: string | undefined = path; next; ) {
    const page: Page<Entry[]> = await readPage<Entry>(next)
    entries.push(...page.data)
    next = page.next
  }
  return entries
}

/** Asks the service. A session that is over ends here. @throws ChatError */
export async function ask<Result>(work: (chat: Chat) => Promise<Result>): Promise<Result> {
  const asked = currentChat()
  try {
    return await work(asked)
  } catch (failure) {
    const reason = reasonOf(failure)
    // What a chat hears that has been left says nothing of the one that came after it.
    if (isCurrent(asked) && isOver(reason)) whenOver(reason)
    throw failure
  }
}

let notices = 0

/** Shows a failure that no view waits for. */
export function showNotice(failure: unknown): void {
  const reason = reasonOf(failure)
  if (isOver(reason)) return
  notices += 1
  useApp.setState({ notice: { id: notices, reason } })
}
