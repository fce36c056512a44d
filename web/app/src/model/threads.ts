/** The conversations that were opened: their messages, as far as they are in memory. */
import { ChatError, isOver, type Message, type Target } from 'gochat-client'
import { ask, currentChat, isCurrent, reasonOf, showNotice } from './link.ts'
import { isOpened, learnRead, listed, marksOf, recount, setOpened } from './list.ts'
import { drop, guess, onOutgoing, outgoingOf } from './outgoing.ts'
import { isVisible } from './platform.ts'
import { shownOf } from './shown.ts'
import { keyOf, type Thread, useApp } from './state.ts'
import { isOfOther, Timeline, timelines } from './timeline.ts'

interface Opened {
  timeline: Timeline
  /** A stretch of before, which is shown in place of the newest until the two meet. */
  past?: Timeline | undefined
  aim?: Thread['aim']
  isLoadingNewer: boolean
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
// After a failure nothing is asked for again for so long, however much the reader scrolls.
const restMs = 2_000

const opened = new Map<string, Opened>()
/** The last one opened is the first. */
let recent: string[] = []
const changed = new Set<string>()
let aims = 0

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
  // It may be opened again at once, by the same view.
  queueMicrotask(() => {
    const thread = opened.get(key)
    if (!thread?.aim || isOpened(key)) return
    leavePast(thread)
    publish(key)
  })
}

/** Shows a message and what is said around it, now or as soon as the conversation is opened. @returns whether it is there. */
export async function lookAt(key: string, seq: number): Promise<boolean> {
  if (!useApp.getState().session) return false
  const thread = opened.get(key) ?? start(key)
  const { past } = thread
  touch(key)
  try {
    if (!(past ?? thread.timeline).has(seq)) await lookBack(key, thread, seq)
    const row = (thread.past ?? thread.timeline).at(seq)
    if (!row || row.change) throw new ChatError('MESSAGE_NOT_FOUND')
  } catch (failure) {
    thread.past = past
    showNotice(failure)
    return false
  }
  if (opened.get(key) !== thread) return false
  thread.aim = { id: nextAim(), seq }
  publish(key)
  return true
}

/** Shows the newest messages again. */
export function lookAtEnd(key: string): void {
  const thread = opened.get(key)
  if (!thread) return
  leavePast(thread)
  thread.aim = { id: nextAim() }
  publish(key)
}

/** What follows a stretch of before. */
export async function loadNewer(key: string): Promise<void> {
  const thread = opened.get(key)
  const past = thread?.past
  if (!thread || !past || thread.isLoadingNewer) return
  thread.isLoadingNewer = true
  try {
    const page = await pageOf(key, { after_seq: past.lastSeq, limit: pageSize })
    past.addNewer(page)
    if (thread.past === past && page.length > 0) meet(thread)
    else if (thread.past === past) thread.past = undefined
    publish(key)
  } catch (failure) {
    showNotice(failure)
    await new Promise((resolve) => setTimeout(resolve, restMs))
  } finally {
    thread.isLoadingNewer = false
  }
}

export async function loadOlder(key: string): Promise<void> {
  const thread = opened.get(key)
  if (!thread || thread.isLoading) return
  const timeline = thread.past ?? thread.timeline
  if (!timeline.isLoaded) return await loadNewest(key, thread)
  if (!timeline.hasOlder) return
  await load(key, thread, () => addOlder(key, timeline, pageSize))
}

async function addOlder(key: string, timeline: Timeline, limit: number): Promise<void> {
  const before_seq = timeline.firstSeq ?? 1
  const page = await pageOf(key, { before_seq, limit })
  // Others may have trimmed it meanwhile.
  if (timeline.firstSeq === before_seq) timeline.addOlder(page)
  recount(key)
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
  const timeline = opened.get(key)?.timeline
  const upTo = Math.min(timeline?.pastChanges(seq) ?? seq, Math.max(marksOf(key).lastSeq, timeline?.lastSeq ?? 0))
  if (learnRead(key, upTo)) currentChat().read(targetOf(key), upTo)
}

/** A message that came live. */
export function showMessage(message: Message): void {
  const key = keyOf(message.target_id, message.chat_type)
  const thread = opened.get(key)
  if (!thread) return
  const { timeline } = thread
  timeline.add(message)
  thread.past?.learn(message)
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
  const thread: Opened = { timeline: new Timeline(), isLoading: false, isLoadingNewer: false, isClosingHole: false }
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

function nextAim(): number {
  aims += 1
  return aims
}

async function lookBack(key: string, thread: Opened, seq: number): Promise<void> {
  const around = await pageOf(key, { after_seq: Math.max(0, seq - pageSize / 2 - 1), limit: pageSize + 1 })
  thread.past = around.length > 0 ? new Timeline() : undefined
  thread.past?.begin(around)
  meet(thread)
}

function leavePast(thread: Opened): void {
  thread.past = undefined
  thread.aim = undefined
}

/** A stretch of before that reaches the newest one becomes a part of it. */
function meet(thread: Opened): void {
  const { timeline, past } = thread
  const { firstSeq } = timeline
  if (!past || !timeline.isLoaded || (firstSeq !== undefined && past.lastSeq < firstSeq - 1)) return
  thread.past = undefined
  if (firstSeq !== undefined && past.firstSeq !== undefined && past.firstSeq < firstSeq) timeline.addOlder(past.rows)
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
    const { timeline } = thread
    timeline.begin(page)
    // Where nothing but changes is, what they are about lies further up.
    while (timeline.hasOlder && !timeline.hasSaid && timeline.rows.length < mostMessages)
      await addOlder(key, timeline, largestPage)
    meet(thread)
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

export const pageOf = (key: string, stretch: Stretch): Promise<Message[]> =>
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

function threadOf(key: string, { timeline, past, aim, isLoading, loadError, unreadAtOpen }: Opened): Thread {
  const owner = useApp.getState().session?.user_id ?? 0
  drop(key, ({ stored }) => stored !== undefined && timeline.isLoaded && stored.seq <= timeline.lastSeq)
  guess(key, (afterSeq) =>
    timeline.after(afterSeq).filter((row) => row.from_id === owner && !row.change && !timeline.keys.has(row.seq)),
  )
  const shown = past ?? timeline
  const unreadFromSeq = firstUnread(shown, owner, unreadAtOpen)
  const before = useApp.getState().threads[key]?.messages ?? []
  return {
    key,
    // What is about to be sent comes at the end.
    messages: shownOf(shown, past ? [] : outgoingOf(key), before, owner),
    hasOlder: shown.hasOlder,
    hasNewer: past !== undefined,
    ...(aim && { aim }),
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
