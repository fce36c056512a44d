/** Files of messages, and pictures of people and groups. What does the work is loaded when somebody first has to do with one. */
import { ChatError, newId } from 'gochat-client'
import { sendMessage } from './conversation.ts'
import { ask, currentChat, isCurrent, reasonOf, showNotice } from './link.ts'
import { mostAttached, useApp } from './state.ts'

async function work() {
  const { fileWork } = await import('./file-work.ts')
  return fileWork({ ChatError, ask, currentChat, isCurrent, newId, reasonOf, sendMessage, state: useApp, mostAttached })
}

type Work = Awaited<ReturnType<typeof work>>

const run = (act: (work: Work) => void): Promise<void> => work().then(act).catch(showNotice)

/** Puts files beside the field of a conversation. */
export const attachFiles = (key: string, files: readonly File[]): Promise<void> =>
  run(({ attach }) => attach(key, files))

/** Takes one away, and ends its upload. */
export const removeAttachment = (key: string, id: string): Promise<void> => run(({ remove }) => remove(key, id))

/** Sends all that are ready, in their order; the first of them answers the message at `reply_to`. */
export const sendAttachments = (key: string, reply_to?: number): Promise<void> =>
  run(({ sendAll }) => sendAll(key, reply_to))

export const retryAttachment = (key: string, id: string): Promise<void> => run(({ retry }) => retry(key, id))

/** Where a file of a message can be read now; `isAnew` after the last answer was of no use. @throws ChatError */
export const fileAddress = async (path: string, isSmall: boolean, isAnew = false): Promise<string> =>
  await (await work()).addressOf(path, isSmall, isAnew)

/** @returns the address of the picture, to be set. @throws ChatError */
export const uploadPicture = async (...given: Parameters<Work['uploadPicture']>): Promise<string> =>
  await (await work()).uploadPicture(...given)
