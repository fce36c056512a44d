/** Who is signed in, in all tabs of this browser alike. */
import { type ChatError, isOver, login, logout, register, type Session } from 'gochat-client'
import { isNumber, isObject, isText, keep, kept, onKept } from './kept.ts'
import { call, currentChat, hasChat, onOver, setChat, showNotice } from './link.ts'
import { forgetList } from './list.ts'
import { startChat } from './live.ts'
import { startNotifying } from './notify.ts'
import { followRefused, forgetOutgoing, forgetRefused } from './outgoing.ts'
import { followPeople } from './people.ts'
import { platform } from './platform.ts'
import { forgetQuoted } from './quoted.ts'
import { initial, useApp } from './state.ts'
import { forgetThreads } from './threads.ts'

const sessionName = 'session'
const reasonName = 'end-reason'
const renewalName = 'renewal'
// As long as a request may take, and a little more.
const renewalMs = 20_000

const isSession = (value: unknown): value is Session =>
  isObject(value) &&
  value.url === platform.origin &&
  isText(value.token) &&
  value.token !== '' &&
  Number.isSafeInteger(value.user_id) &&
  isText(value.username) &&
  isText(value.nickname)

let isListening = false

/** Goes on with the session that this browser keeps, if there is one. Called once, before the first view. */
export async function resume(): Promise<void> {
  if (!isListening) listen()
  const session = kept(sessionName, isSession)
  if (session) enter(session)
}

function listen(): void {
  isListening = true
  onOver(over)
  onKept(sessionName, followKept)
  followRefused()
  followPeople()
  startNotifying()
  platform.window.addEventListener('online', connectAgain)
  platform.window.addEventListener('offline', () => {
    if (useApp.getState().connection === 'connecting') useApp.setState({ connection: 'lost' })
  })
  platform.document.addEventListener('visibilitychange', () => {
    if (platform.document.visibilityState === 'visible') connectAgain()
  })
}

export async function signUp(username: string, password: string): Promise<void> {
  await register(platform.origin, username, password, platform.environment)
  await signIn(username, password)
}

export async function signIn(username: string, password: string): Promise<void> {
  const session = await login(platform.origin, username, password, platform.environment)
  keep(reasonName, undefined)
  keep(sessionName, session)
  leave()
  enter(session)
}

/** Signs out in this browser at once, whether or not the service can be told. */
export async function signOut(): Promise<void> {
  const { session } = useApp.getState()
  if (!session) return
  const forgotten = leaveForGood()
  try {
    await logout(session, platform.environment)
  } catch (failure) {
    // The token may count until it expires: the person should know.
    showNotice(failure)
  }
  await forgotten
}

/** The session goes on with another token, here and in the other tabs; what waits in the outbox still goes out. */
export async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  const { session } = useApp.getState()
  if (!session) return
  const body = { old_password: oldPassword, new_password: newPassword, renew_token: true }
  // The service ends the old token before its answer is here: until then that is no end.
  keep(renewalName, Date.now() + renewalMs)
  try {
    const { token } = await call<{ token: string }>('POST', '/api/user/password/update', body)
    const renewed = { ...session, token }
    keep(sessionName, renewed)
    renew(renewed)
  } finally {
    keep(renewalName, undefined)
  }
}

export async function deleteAccount(password: string): Promise<void> {
  await call('POST', '/api/user/delete', { password })
  await leaveForGood()
}

/** Connects again at a person's wish: after `ended`, or without waiting for the next attempt. */
export function reconnect(): void {
  if (!hasChat()) return
  if (useApp.getState().connection !== 'open') useApp.setState({ connection: 'connecting', endReason: undefined })
  currentChat().connect()
}

/** Where nobody asked for it: not if another device took the place of this one. */
function connectAgain(): void {
  if (['connecting', 'lost'].includes(useApp.getState().connection)) reconnect()
}

function enter(session: Session): void {
  useApp.setState({ session, endReason: undefined })
  startChat(session, ended)
}

function renew(session: Session): void {
  useApp.setState({ session })
  currentChat().close()
  startChat(session, ended)
}

function ended({ reason }: ChatError): void {
  useApp.setState({ connection: 'ended', endReason: reason })
  if (isOver(reason)) over(reason)
}

/** The session is over, unless another tab has renewed it, or is about to. */
function over(reason: string): void {
  const { session } = useApp.getState()
  if (!session) return
  const stored = kept(sessionName, isSession)
  const renewalEnd = kept(renewalName, isNumber) ?? 0
  if (stored && stored.token !== session.token) followKept()
  else if (renewalEnd > Date.now()) {
    useApp.setState({ connection: 'connecting', endReason: undefined })
    setTimeout(() => {
      if (useApp.getState().session?.token === session.token) over(reason)
    }, renewalEnd - Date.now())
  } else {
    keep(reasonName, reason)
    keep(sessionName, undefined)
    leave(reason)
  }
}

/** Does what another tab has done. */
function followKept(): void {
  const session = kept(sessionName, isSession)
  const own = useApp.getState().session
  if (session?.token === own?.token) return
  if (session && session.user_id === own?.user_id) {
    renew(session)
    return
  }
  const endReason = session ? undefined : kept(reasonName, isText)
  // Somebody has signed out.
  if (!session && endReason === undefined) forgetDrafts()
  leave(endReason)
  if (session) enter(session)
}

/** What waits to be sent stays, for the next session of the same user. */
function leave(endReason?: string): void {
  if (hasChat()) currentChat().close()
  setChat(undefined)
  forgetThreads()
  forgetQuoted()
  forgetList()
  forgetOutgoing()
  const { notifications, notice } = useApp.getState()
  useApp.setState({ ...initial, notifications, notice, endReason }, true)
}

/** Nothing of the person stays in this browser. */
async function leaveForGood(): Promise<void> {
  const chat = currentChat()
  keep(reasonName, undefined)
  keep(sessionName, undefined)
  forgetRefused()
  forgetDrafts()
  leave()
  // An outbox that cannot be read holds nothing that could be sent.
  await chat.forget().catch(() => {})
}

function forgetDrafts(): void {
  try {
    platform.tabStorage.clear()
  } catch {
    // Where it is forbidden, there are none.
  }
}
