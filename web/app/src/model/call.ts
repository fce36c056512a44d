/** Calls, as far as somebody waits for one: what they are made of is loaded with the first of them. */
import type { Chat, Signal } from 'gochat-client'
import { currentChat, isCurrent, showNotice } from './link.ts'
import { useApp } from './state.ts'

const load = () => import('./talk.ts')

let hearing: Chat | undefined
const before: Signal[] = []

/** What is said of calls, until a chat's calls hear it themselves. */
export function hearCall(chat: Chat, signal: Signal): void {
  if (hearing === chat) return
  before.push(signal)
  void hear(chat)
}

/** Rings at a friend. */
export function startCall(key: string, hasVideo: boolean): void {
  if (useApp.getState().call) return
  void hear(currentChat()).then((talk) => talk?.start(key, hasVideo))
}

export const acceptCall = (): void => void load().then((talk) => talk.accept())
export const hangUp = (): void => void load().then((talk) => talk.hangUp())
export const toggleMicrophone = (): void => void load().then((talk) => talk.toggle('isMuted'))
export const toggleCamera = (): void => void load().then((talk) => talk.toggle('isCameraOff'))

async function hear(chat: Chat) {
  try {
    const talk = await load()
    if (!isCurrent(chat)) return undefined
    if (hearing !== chat) {
      hearing = chat
      talk.listen(chat, before.splice(0))
    }
    return talk
  } catch (failure) {
    before.length = 0
    showNotice(failure)
    return undefined
  }
}
