/** Search in messages. */
import type { Message } from 'gochat-client'
import { ask } from './link.ts'
import { targetOf } from './threads.ts'

/** Pages of what is found, the newest first: in one conversation, or in all. One may be empty. @throws ChatError */
export async function* searchMessages(text: string, key?: string): AsyncGenerator<readonly Message[]> {
  const pages = await ask(async (chat) => chat.search(text, key === undefined ? undefined : targetOf(key)))
  for (let page = await ask(() => pages.next()); !page.done; page = await ask(() => pages.next())) yield page.value
}
