/** The conversations that were opened: their messages, as far as they are in memory. */
import { isOver, type Message, type Target } from 'gochat-client'
import { ask, currentChat, isCurrent, reasonOf } from './link.ts'
import { isOfOther, isOpened, learnRead, listed, marksOf, recount, setOpened } from './list.ts'
import { drop, guess, onOutgoing, outgoingOf } from './outgoing.ts'
import { isVisible } from './platform.ts'
import { shownOf } from './shown.ts'
import { keyOf, type Thread, useApp } from './state.ts'
import { Timeline, timelines } from './timeline.ts'

interface Opened {
  timeline: Timeline
  isLoading: boolean
  loadError?: string | undefined
  /** What was unread when the person came: after the mark, up to the last message. */
  unreadAtOpen?: { afterSeq: number; upTo: number } | undefined
  isClosingHole: boolean
}

const pageSize = 50
const largestPage = 200
// Beyond these only the newest page is kept, and beyond those nothing.
const mostWhole = 2
const mostInMemory = 20
const mostMessages = 10_000
const mostAttempts = 5

const opened = new Map<string, Opened>()
/** The last one opened is the first. */
let recent: string[] = []
const changed = new Set<string>()

onOutgoing((key) => publish(key))

export const targetOf = (key: string): Required<Target> => {
  const [chat_type, target_id] = key.split(':').map(Number)
  return { target_id: target_id ?? 0, chat_type: chat_type === 3 ? 3 : 2 }
}

/** Shows a conversation: reads its newest page, and keeps it current until another one is opened. */
export async function openThread(key: string): Promise<void> {
  if (!useApp.getState().session) return
  setOpened(key)
  touch(key)
  const thread = opened.get(key) ?? start(key)
  divide(key, thread)
  const isKnown = thread.timeline.isLoaded
  publishNow(key)
  await (isKnown ? closeHole(key, thread) : loadNewest(key, thread))
}

export function closeThread(key: string): void {
  if (isOpened(key)) setOpened(undefined)
}

export async function loadOlder(key: string): Promise<void> {
  const thread = opened.get(key)
  if (!thread || thread.isLoading) return
  const { timeline } = thread
  if (!timeline.isLoaded) return await loadNewest(key, thread)
  if (!timeline.hasOlder) return
  await load(key, thread, async () => {
    const before_seq = timeline.firstSeq ?? 1
    const page = await pageOf(key, { before_seq, limit: pageSize })
    // Others may have trimmed it meanwhile.
    if (timeline.firstSeq === before_seq) timeline.addOlder(page)
    recount(key)
  })
}

/** The person has seen everything up to `seq`. */
export function markRead(key: string, seq: number): void {
  const { session, isListed } = useApp.getState()
  if (!session || !isVisible()) return
  // The divider stands where the mark was: it has to be known first.
  if (!isListed) {
    void listed().then(() => useApp.getState().session === session && markRead(key, seq))
    return
  }
  const upTo = Math.min(seq, Math.max(marksOf(key).lastSeq, opened.get(key)?.timeline.lastSeq ?? 0))
  if (learnRead(key, upTo)) currentChat().read(targetOf(key), upTo)
}

/** A message that came live. */
export function showMessage(message: Message): void {
  const key = keyOf(message.target_id, message.chat_type)
  const thread = opened.get(key)
  if (!thread) return
  const { timeline } = thread
  timeline.add(message)
  recount(key)
  if (timeline.hasHole) void closeHole(key, thread)
  const isWhole = recent.indexOf(key) < mostWhole
  timeline.trim(isWhole ? mostMessages : pageSize)
  publish(key)
}

/** One's own message has its place. Until its row comes, it is shown without one. */
export function placeMessage({ target_id, chat_type, seq }: Message, messageKey: string): void {
  const key = keyOf(target_id, chat_type)
  opened.get(key)?.timeline.keys.set(seq, messageKey)
  publish(key)
}

export function forgetThreads(): void {
  opened.clear()
  timelines.clear()
  changed.clear()
  recent = []
  setOpened(undefined)
}

/** Loads what could not be loaded before. */
export function reloadThreads(): void {
  for (const [key, thread] of opened) if (!thread.timeline.isLoaded) void loadNewest(key, thread)
}

function start(key: string): Opened {
  const thread: Opened = { timeline: new Timeline(), isLoading: false, isClosingHole: false }
  opened.set(key, thread)
  timelines.set(key, thread.timeline)
  return thread
}

function touch(key: string): void {
  recent = [key, ...recent.filter((other) => other !== key)]
  for (const other of recent.slice(mostWhole)) {
    opened.get(other)?.timeline.trim(pageSize)
    publish(other)
  }
  for (const other of recent.splice(mostInMemory)) {
    opened.delete(other)
    timelines.delete(other)
  }
}

/** Remembers where the person had read to, before anything is marked as read. */
function divide(key: string, thread: Opened): void {
  thread.unreadAtOpen = undefined
  const { readSeq, lastSeq } = marksOf(key)
  if (useApp.getState().isListed) thread.unreadAtOpen = { afterSeq: readSeq, upTo: lastSeq }
  else void listed().then(() => opened.get(key) === thread && divide(key, thread))
  publish(key)
}

async function loadNewest(key: string, thread: Opened): Promise<void> {
  if (thread.isLoading) return
  await load(key, thread, async () => {
    const { lastSeq, readSeq } = marksOf(key)
    const limit = Math.min(Math.max(pageSize, lastSeq - readSeq + 10), largestPage)
    const page = await pageOf(key, { limit })
    thread.timeline.begin(page)
    recount(key)
  })
  // The page may be older than what was told meanwhile.
  void closeHole(key, thread)
}

async function load(key: string, thread: Opened, work: () => Promise<void>): Promise<void> {
  const chat = currentChat()
  thread.isLoading = true
  thread.loadError = undefined
  publishNow(key)
  try {
    await work()
  } catch (failure) {
    // What a chat that was left could not read is read by the one that came after it.
    if (isCurrent(chat)) thread.loadError = reasonOf(failure)
  } finally {
    thread.isLoading = false
    publishNow(key)
  }
}

/** Asks for what lies between the last message that is here and what is known to come after it. */
async function closeHole(key: string, thread: Opened): Promise<void> {
  const { timeline } = thread
  if (thread.isClosingHole) return
  thread.isClosingHole = true
  const isBehind = () => timeline.hasHole || (timeline.isLoaded && timeline.lastSeq < marksOf(key).lastSeq)
  for (let failures = 0; opened.get(key) === thread && isBehind() && failures < mostAttempts; ) {
    try {
      const page = await pageOf(key, { after_seq: timeline.lastSeq, limit: largestPage })
      timeline.addNewer(page)
      recount(key)
      publish(key)
      if (page.length > 0) continue
    } catch (failure) {
      if (isOver(reasonOf(failure))) break
    }
    failures += 1
    await new Promise((resolve) => setTimeout(resolve, 1_000 * failures))
  }
  thread.isClosingHole = false
}

interface Stretch {
  before_seq?: number
  after_seq?: number
  limit: number
}

const pageOf = (key: string, stretch: Stretch): Promise<Message[]> =>
  ask(async (chat) => {
    for await (const page of chat.history(targetOf(key), stretch)) return page
    return []
  })

/** What happens in one turn is shown at once. */
function publish(key: string): void {
  if (changed.size === 0) queueMicrotask(() => publishNow())
  changed.add(key)
}

function publishNow(key?: string): void {
  if (key !== undefined) changed.add(key)
  if (changed.size === 0) return
  const threads: Record<string, Thread> = { ...useApp.getState().threads }
  for (const one of changed) {
    const thread = opened.get(one)
    if (thread) threads[one] = threadOf(one, thread)
    // Nobody sees where it comes in: the newest page will bring it.
    else drop(one, ({ stored }) => stored !== undefined)
  }
  changed.clear()
  for (const one of Object.keys(threads)) if (!opened.has(one)) delete threads[one]
  useApp.setState({ threads })
}

function threadOf(key: string, { timeline, isLoading, loadError, unreadAtOpen }: Opened): Thread {
  const owner = useApp.getState().session?.user_id ?? 0
  drop(key, ({ stored }) => stored !== undefined && timeline.isLoaded && stored.seq <= timeline.lastSeq)
  guess(key, (afterSeq) =>
    timeline.after(afterSeq).filter((row) => row.from_id === owner && !timeline.keys.has(row.seq)),
  )
  const unreadFromSeq = firstUnread(timeline, owner, unreadAtOpen)
  return {
    key,
    messages: shownOf(timeline, outgoingOf(key), useApp.getState().threads[key]?.messages ?? [], owner),
    hasOlder: timeline.hasOlder,
    isLoading,
    ...(loadError !== undefined && { loadError }),
    ...(unreadFromSeq !== undefined && { unreadFromSeq }),
  }
}

/** Undefined while it may be older than what is here. */
function firstUnread({ rows, firstSeq, hasOlder }: Timeline, owner: number, unread: Opened['unreadAtOpen']) {
  if (unread === undefined || firstSeq === undefined) return undefined
  const { afterSeq, upTo } = unread
  if (hasOlder && firstSeq > afterSeq + 1) return undefined
  return rows.find((row) => isOfOther(row, owner) && row.seq > afterSeq && row.seq <= upTo)?.seq
}
