/** The conversations: read from the service as lists of friends and of groups, and kept current by what happens. */
import {
  type Chat,
  ChatError,
  type ChatType,
  type Friend,
  type Group,
  type Message,
  type Receipt,
  type Target,
} from 'gochat-client'
import { ask, currentChat, hasChat, isCurrent, showNotice } from './link.ts'
import { type Conversation, keyOf, useApp } from './state.ts'
import { Tally } from './tally.ts'
import { isOfOther, timelines } from './timeline.ts'

interface Known {
  shown: Conversation
  tally: Tally
}

const previewLength = 100
const longestPauseMs = 30_000
const typingForMs = 6_000

const known = new Map<string, Known>()
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>()
let isPublishing = false
let openedKey: string | undefined
let isWanted = false
let isReading = false
let wake: (() => void) | undefined
const whenListed: (() => void)[] = []

export const conversationOf = (key: string): Conversation | undefined => known.get(key)?.shown
export const marksOf = (key: string) => known.get(key)?.tally ?? { lastSeq: 0, readSeq: 0 }
export const allKeys = (): Iterable<string> => known.keys()

/** Until the list was read for the first time. */
export async function listed(): Promise<void> {
  if (!useApp.getState().isListed) await new Promise<void>((resolve) => whenListed.push(resolve))
}

/** Reads the list again: now, or as soon as what is under way has ended. */
export function refreshList(): void {
  isWanted = true
  wake?.()
  if (!isReading) void read()
}

async function read(): Promise<void> {
  isReading = true
  for (let failures = 0; isWanted && hasChat(); ) {
    isWanted = false
    const chat = currentChat()
    try {
      const all = await ask(readLists)
      // It may be that of the one who was signed in before.
      if (isCurrent(chat)) learnList(all)
      else isWanted = true
      failures = 0
    } catch (failure) {
      if (!(failure instanceof ChatError) || !failure.isRetryable) {
        if (isCurrent(chat)) showNotice(failure)
        continue
      }
      isWanted = true
      await pause(pauseMs(failure, failures))
      failures += 1
    }
  }
  isReading = false
}

interface Lists {
  friends: Friend[]
  groups: Group[]
}

const readLists = async (chat: Chat): Promise<Lists> => {
  const [friends, groups] = await Promise.all([all(chat.friends()), all(chat.groups())])
  return { friends, groups }
}

async function all<Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const read: Entry[] = []
  for await (const entry of entries) read.push(entry)
  return read
}

/** Until then, or until somebody asks again. */
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })

/** With some chance, so that many pages do not come back at the same moment. */
const pauseMs = ({ retryAfterMs = 0 }: ChatError, failures: number): number =>
  retryAfterMs + (0.5 + Math.random() / 2) * Math.min(1_000 * 2 ** failures, longestPauseMs)

function learnList({ friends, groups }: Lists): void {
  const gone = new Set(known.keys())
  for (const friend of friends) {
    const key = keyOf(friend.id)
    gone.delete(key)
    learnFriend(key, friend)
  }
  for (const group of groups) {
    const key = keyOf(group.id, 3)
    gone.delete(key)
    learnGroup(key, group)
  }
  for (const key of gone) endConversation(key)
  if (openedKey !== undefined && !known.has(openedKey)) addEnded(openedKey)
  publishNow()
  useApp.setState({ isListed: true })
  for (const tell of whenListed.splice(0)) tell()
}

function learnFriend(key: string, friend: Friend): void {
  const { username, nickname, desc, avatar, online } = friend
  const peerReadSeq = Math.max(known.get(key)?.shown.peerReadSeq ?? 0, friend.peer_read_seq)
  learn(key, friend, { username, nickname, desc, avatar, online, title: desc || nickname || username, peerReadSeq })
}

function learnGroup(key: string, group: Group): void {
  const { code, role, member_count: memberCount, notify, mention_count } = group
  const isAhead = marksOf(key).lastSeq > group.last_seq
  const about = { title: group.name, avatar: group.icon, group: { code, role, memberCount, notify } }
  learn(key, group, { ...about, ...(!isAhead && { mentions: mention_count }) })
}

function learn(key: string, listed: Friend | Group, about: Partial<Conversation>): void {
  const { tally = new Tally(), shown } = known.get(key) ?? {}
  const isAhead = tally.lastSeq > listed.last_seq
  tally.learn(listed)
  const last = isAhead && shown ? {} : { preview: listed.content, lastAt: listed.last_message_time }
  known.set(key, { tally, shown: { ...blank(key), ...shown, ...about, ...last, isOpen: true } })
  recount(key)
}

const blank = (key: string): Conversation => blankOf(key, ...(key.split(':').map(Number) as [ChatType, number]))

const blankOf = (key: string, chat_type: ChatType, target_id: number): Conversation => ({
  ...{ key, target_id, chat_type, title: `#${target_id}`, username: '', nickname: '', desc: '', avatar: '' },
  ...{
    online: false,
    isTyping: false,
    unread: 0,
    mentions: 0,
    preview: '',
    lastAt: 0,
    lastSeq: 0,
    readSeq: 0,
    peerReadSeq: 0,
  },
  isOpen: false,
})

/** One that nobody lists any more stays for whoever looks at it. */
function endConversation(key: string): void {
  if (key === openedKey) change(key, { isOpen: false, online: false, isTyping: false })
  else {
    known.delete(key)
    publish()
  }
}

/** The history with somebody who is no friend is still there. Nobody tells the name any more. */
function addEnded(key: string): void {
  known.set(key, { tally: new Tally(), shown: blank(key) })
}

/** The conversation that the person looks at. */
export function setOpened(key: string | undefined): void {
  const left = openedKey
  openedKey = key
  const { isListed } = useApp.getState()
  if (left !== undefined && left !== key && isListed && conversationOf(left)?.isOpen === false) endConversation(left)
  if (key === undefined || !isListed || known.has(key)) return
  addEnded(key)
  publish()
}

export const isOpened = (key: string): boolean => key === openedKey

/** @returns whether it is news: neither the list nor an event has told of it. */
export function learnMessage(message: Message): boolean {
  const key = keyOf(message.target_id, message.chat_type)
  const owner = useApp.getState().session?.user_id
  const { tally } = known.get(key) ?? {}
  if (!tally) {
    // Of somebody who is new, and of a new group, the list says all.
    refreshList()
    return false
  }
  if (!tally.arrived(message.seq, isOfOther(message, owner))) return false
  if (message.change) learnChange(key, message)
  else change(key, { preview: previewOf(message), lastAt: message.created_at })
  if (isMention(message)) change(key, { mentions: (conversationOf(key)?.mentions ?? 0) + 1 })
  if (message.from_id !== owner) showTyping(message, false)
  recount(key)
  return !message.change
}

const previewOf = ({ content }: Message): string =>
  [...content.slice(0, 2 * previewLength)].slice(0, previewLength).join('')

/** What was said last may be what is said no more: then the words of the change stand for it, which those of one's own lack. */
function learnChange(key: string, message: Message): void {
  const { change: { action, message: after } = {} } = message
  if (action === 'react') return
  if (after) change(key, { preview: previewOf(message) })
  if (!after || (action === 'recall' && conversationOf(key)?.mentions)) refreshList()
}

/** Whether somebody else says it to the person above all, or to everybody. */
export function isMention(message: Message): boolean {
  const { session } = useApp.getState()
  const { mentions, state } = message
  if (!session || !isOfOther(message, session.user_id) || state?.recalled) return false
  return mentions?.some((id) => id === 0 || id === session.user_id) ?? false
}

export function learnReceipt({ from_id, seq, ...target }: Receipt): void {
  const key = keyOf(target.target_id, target.chat_type)
  const conversation = known.get(key)
  if (!conversation) return
  if (from_id !== useApp.getState().session?.user_id) {
    if (seq > conversation.shown.peerReadSeq) change(key, { peerReadSeq: seq })
  } else if (conversation.tally.read(seq) && !recount(key)) refreshList()
}

/** The person has read up to there. @returns whether that is new. */
export function learnRead(key: string, seq: number): boolean {
  const hasMoved = known.get(key)?.tally.read(seq) ?? false
  if (hasMoved) recount(key)
  return hasMoved
}

export function learnPresence(user_id: number, online: boolean): void {
  const key = keyOf(user_id)
  if (known.get(key)?.shown.isOpen) change(key, { online })
}

/** Somebody who stops without a word has stopped, too. */
export function showTyping(target: Target, isTyping: boolean): void {
  const key = keyOf(target.target_id, target.chat_type)
  clearTimeout(typingTimers.get(key))
  typingTimers.delete(key)
  if (isTyping)
    typingTimers.set(
      key,
      setTimeout(() => showTyping(target, false), typingForMs),
    )
  if (known.get(key) && known.get(key)?.shown.isTyping !== isTyping) change(key, { isTyping })
}

export function forgetList(): void {
  known.clear()
  for (const timer of typingTimers.values()) clearTimeout(timer)
  typingTimers.clear()
  isWanted = false
  wake?.()
  for (const tell of whenListed.splice(0)) tell()
}

/** Where the events of a new chat go on, so that none is missed. */
export function lastSeqOf(key: string): number {
  const { lastSeq } = marksOf(key)
  const timeline = timelines.get(key)
  return timeline?.isLoaded ? Math.min(timeline.lastSeq, lastSeq) : lastSeq
}

export function change(key: string, changes: Partial<Conversation>): void {
  const conversation = known.get(key)
  if (!conversation) return
  conversation.shown = { ...conversation.shown, ...changes }
  publish()
}

/** After what was read has changed, or what is here and says how much of it is unread. @returns whether the number is exact. */
export function recount(key: string): boolean {
  const { tally, shown } = known.get(key) ?? {}
  if (!tally || !shown) return true
  const owner = useApp.getState().session?.user_id ?? 0
  const timeline = timelines.get(key)
  const counted = tally.unread((after, upTo) => timeline?.countOthers(owner, after, upTo))
  const { lastSeq, readSeq } = tally
  const mentions = timeline?.countOthers(owner, readSeq, lastSeq, isMention) ?? Math.min(shown.mentions, counted.count)
  if (
    shown.unread !== counted.count ||
    shown.mentions !== mentions ||
    shown.lastSeq !== lastSeq ||
    shown.readSeq !== readSeq
  )
    change(key, { unread: counted.count, mentions, lastSeq, readSeq })
  return counted.isExact
}

/** What happens in one turn is shown at once. */
function publish(): void {
  if (isPublishing) return
  isPublishing = true
  queueMicrotask(() => {
    if (isPublishing) publishNow()
  })
}

function publishNow(): void {
  isPublishing = false
  const all = [...known.values()].map(({ shown }) => shown)
  const order = all.sort((one, other) => other.lastAt - one.lastAt || one.target_id - other.target_id)
  useApp.setState({
    conversations: Object.fromEntries(all.map((shown) => [shown.key, shown])),
    order: order.map(({ key }) => key),
  })
}
