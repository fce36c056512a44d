/** The chat of a session: what it tells becomes what the page knows. */
import { Chat, ChatError, type Entry, type Message, type Session, type Target } from 'gochat-client'
import { hearCall } from './call.ts'
import { refreshGroupRequests } from './group-requests.ts'
import { isCurrent, setChat, showNotice } from './link.ts'
import {
  allKeys,
  lastSeqOf,
  learnMessage,
  learnPresence,
  learnReceipt,
  listed,
  refreshList,
  showTyping,
} from './list.ts'
import { refreshMembers } from './members.ts'
import { announce } from './notify.ts'
import { keptIds, learnWaiting, queued, readRefused, settle } from './outgoing.ts'
import { refreshPeople } from './people.ts'
import { platform } from './platform.ts'
import { changeQuoted } from './quoted.ts'
import { refreshRequests } from './requests.ts'
import { useApp } from './state.ts'
import { placeMessage, reloadThreads, showMessage, targetOf } from './threads.ts'

// The list says where to go on. Without it, the library begins after the read marks.
const listWithinMs = 3_000
const openWithinMs = 10_000

/** Begins to talk; `onEnded` is told when the chat does not connect again by itself. */
export function startChat(session: Session, onEnded: (error: ChatError) => void): void {
  const chat = new Chat({ session, environment: platform.environment })
  setChat(chat)
  useApp.setState({ connection: platform.isOnline ? 'connecting' : 'lost', endReason: undefined })
  const hear =
    <Given extends unknown[]>(listener: (...given: Given) => void) =>
    (...given: Given): void => {
      if (isCurrent(chat)) listener(...given)
    }
  chat.on(
    'open',
    hear(() => opened(chat)),
  )
  chat.on(
    'lost',
    hear(() => useApp.setState({ connection: 'lost' })),
  )
  chat.on('ended', hear(onEnded))
  chat.on('message', hear(received))
  chat.on('queued', hear(queued))
  chat.on('answered', hear(answered))
  chat.on('receipt', hear(learnReceipt))
  chat.on(
    'typing',
    hear((typing) => showTyping(typing, typing.typing)),
  )
  chat.on(
    'presence',
    hear(({ user_id, online }) => learnPresence(user_id, online)),
  )
  chat.on(
    'friend',
    hear(({ event }) => (event === 'friend_request' ? void refreshRequests() : refreshPeople())),
  )
  chat.on(
    'group',
    hear(({ event, group_id }) =>
      event === 'group_request' ? void refreshGroupRequests() : groupChanged({ target_id: group_id, chat_type: 3 }),
    ),
  )
  chat.on(
    'signal',
    hear((signal) => hearCall(chat, signal)),
  )
  chat.on(
    'error',
    hear((error) => error.isRetryable || showNotice(error)),
  )
  void begin(chat)
}

async function begin(chat: Chat): Promise<void> {
  readRefused()
  refreshList()
  await Promise.all([showWaiting(chat), Promise.race([listed(), pause(listWithinMs)])])
  if (!isCurrent(chat)) return
  for (const key of allKeys()) chat.follow(targetOf(key), lastSeqOf(key))
  chat.connect()
  await pause(openWithinMs)
  if (isCurrent(chat) && useApp.getState().connection === 'connecting') useApp.setState({ connection: 'lost' })
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function showWaiting(chat: Chat): Promise<void> {
  const before = keptIds()
  // If it cannot be read, what is sent says so.
  const entries = await chat.waiting().catch(() => undefined)
  if (entries && isCurrent(chat)) learnWaiting(entries, before)
}

function opened(chat: Chat): void {
  useApp.setState({ connection: 'open', endReason: undefined })
  refreshPeople()
  reloadThreads()
  void showWaiting(chat)
}

function received(message: Message): void {
  const isNews = learnMessage(message)
  showMessage(message)
  changeQuoted(message)
  // Most notices say that something of the group has changed.
  if (message.from_id === 0) groupChanged(message)
  else if (isNews) announce(message)
}

function groupChanged(target: Target): void {
  refreshList()
  refreshMembers(target)
}

function answered(entry: Entry, answer: Message | ChatError): void {
  const key = settle(entry, answer)
  if (!(answer instanceof ChatError)) placeMessage(answer, key)
}
