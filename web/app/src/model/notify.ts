/** Tells of messages and calls that the person does not see: by the badge of the page, and notifications. The window's title is a view's. */
import type { Message } from 'gochat-client'
import { isText, keep, kept, onKept } from './kept.ts'
import { conversationOf, isMention, isOpened, marksOf } from './list.ts'
import { isVisible, platform } from './platform.ts'
import { keyOf, type Notifications, type State, useApp } from './state.ts'

const keptName = 'notifications'
const bodyLength = 100
// Long enough to hear that it was read in another tab, or on another device.
const waitMs = 1_000

let choose: (key: string) => void = () => {}
/** One tab tells for all. */
let isTeller = false

/** Names who opens a conversation when the person has chosen its notification. */
export function onConversationChosen(listener: (key: string) => void): void {
  choose = listener
}

/** Asks the browser if it was not asked before. */
export async function setNotifications(on: boolean): Promise<Notifications> {
  if (on && platform.Notification?.permission === 'default') await platform.Notification.requestPermission()
  keep(keptName, on ? 'on' : undefined)
  readSetting()
  return useApp.getState().notifications
}

/** Called once. */
export function startNotifying(): void {
  readSetting()
  onKept(keptName, readSetting)
  useApp.subscribe(({ conversations }, before) => {
    if (conversations !== before.conversations) showTotal(conversations)
  })
  platform.document.addEventListener('visibilitychange', showCall)
  if (platform.locks) void platform.locks.request('gochat.notify', lead).catch(() => {})
  else void lead()
}

/** Until the tab is closed. */
function lead(): Promise<never> {
  isTeller = true
  return new Promise(() => {})
}

function readSetting(): void {
  const isOn = kept(keptName, isText) === 'on'
  const permission = platform.Notification?.permission ?? 'denied'
  useApp.setState({
    notifications: permission === 'denied' ? 'denied' : isOn && permission === 'granted' ? 'on' : 'off',
  })
}

let shownTotal = 0

function showTotal(conversations: State['conversations']): void {
  const total = Object.values(conversations).reduce((sum, { unread }) => sum + unread, 0)
  if (total === shownTotal) return
  shownTotal = total
  platform.setBadge(total)
}

/** A message that came just now. */
export function announce(message: Message): void {
  const { session, notifications } = useApp.getState()
  const key = keyOf(message.target_id, message.chat_type)
  if (!isTeller || notifications !== 'on' || message.from_id === session?.user_id || isSeen(key)) return
  if (!isWanted(key, message)) return
  setTimeout(() => {
    const isStillThere = useApp.getState().session?.user_id === session?.user_id
    if (isStillThere && marksOf(key).readSeq < message.seq && !isSeen(key)) show(key, message)
  }, waitMs)
}

/** A group is as loud as its member wants it to be. */
function isWanted(key: string, message: Message): boolean {
  const level = conversationOf(key)?.group?.notify ?? 0
  return level === 0 || (level === 1 && isMention(message))
}

const isSeen = (key: string): boolean => isVisible() && isOpened(key)

function show(key: string, { content, media }: Message): void {
  const conversation = conversationOf(key)
  if (!conversation) return
  // Of a picture, the content is an address.
  const body = media === 1 ? [...content.slice(0, 2 * bodyLength)].slice(0, bodyLength).join('') : ''
  notify(conversation.title, { body, tag: key }, () => choose(key))
}

/** A call that rings: who calls, and that it does. */
interface Ringing {
  name: string
  text: string
}

let ringing: Ringing | undefined
let shownCall: Notification | undefined

/** Tells of a call that rings, while this tab is hidden, until it is named no longer: it was answered somewhere, or is over. */
export function announceCall(call: Ringing | undefined): void {
  ringing = call
  closeCall()
  showCall()
}

function showCall(): void {
  const isWanted = isTeller && useApp.getState().notifications === 'on' && !isVisible()
  if (!ringing || !isWanted) closeCall()
  else shownCall ??= notify(ringing.name, { body: ringing.text, tag: 'call', requireInteraction: true }, closeCall)
}

function closeCall(): void {
  shownCall?.close()
  shownCall = undefined
}

/** Whoever chooses it is led to this tab. */
function notify(title: string, options: NotificationOptions, onChosen: () => void): Notification | undefined {
  if (!platform.Notification) return undefined
  try {
    const notification = new platform.Notification(title, { icon: '/icon.svg', ...options })
    notification.onclick = () => {
      platform.window.focus()
      notification.close()
      onChosen()
    }
    return notification
  } catch {
    // Some browsers of phones have them for service workers only.
    return undefined
  }
}
