/** Files: chosen, uploaded a few at a time, and sent in their order; and where those of messages are read. */
import type { Chat, ChatError, newId } from 'gochat-client'
import type { sendMessage } from './conversation.ts'
import { fileFault, isPicture, plainName } from './file-rules.ts'
import type * as link from './link.ts'
import type { Attachment, mostAttached, State, useApp } from './state.ts'

/** What is there already when this is loaded: imported, it would be taken out of what the page loads first, which would grow. */
interface Model extends Pick<typeof link, 'ask' | 'currentChat' | 'isCurrent' | 'reasonOf'> {
  ChatError: typeof ChatError
  newId: typeof newId
  state: typeof useApp
  mostAttached: typeof mostAttached
  sendMessage: typeof sendMessage
}

const mostAtOnce = 2
/** A connection that takes nothing for so long is none. */
const stallMs = 60_000
/** Addresses hold for ten minutes: none is used when it is about to end. */
const lifeMs = 8 * 60_000
const mostAddresses = 500

/** No other attempt would go better. */
const final = new Set(['INVALID_INPUT', 'MEDIA_REFUSED', 'MEDIA_TOO_LARGE'])

let model: Model

/** What can be done with files. The first call counts. */
export function fileWork(given: Model) {
  if (!model) given.state.subscribe(forgetOthers)
  model ??= given
  return { attach, remove, sendAll, retry, uploadPicture, addressOf }
}

const uploads = new Map<string, AbortController>()
const addresses = new Map<string, { at: number; address: Promise<string> }>()

/** What one person does says nothing of the next. */
function forgetOthers({ session }: State, before: State): void {
  if (session?.user_id === before.session?.user_id) return
  for (const control of uploads.values()) control.abort()
  uploads.clear()
  addresses.clear()
}

const attachmentsOf = (key: string): readonly Attachment[] => model.state.getState().attachments[key] ?? []

function show(key: string, list: readonly Attachment[]): void {
  model.state.setState(({ attachments }) => ({ attachments: { ...attachments, [key]: list } }))
}

function change(key: string, id: string, changes: Partial<Attachment>): void {
  show(
    key,
    attachmentsOf(key).map((one) => (one.id === id ? { ...one, ...changes } : one)),
  )
}

/** Puts files beside the field. Those that are too many are left out. */
function attach(key: string, files: readonly File[]): void {
  if (!model.state.getState().session) return
  const room = model.mostAttached - attachmentsOf(key).length
  show(key, [...attachmentsOf(key), ...files.slice(0, room).map(attachmentOf)])
}

function attachmentOf(file: File): Attachment {
  const reason = fileFault(file)
  const about = { id: model.newId(), file, media: isPicture(file) ? 2 : 3, sent: 0 } as const
  return reason ? { ...about, state: 'failed', reason, isFinal: true } : { ...about, state: 'ready' }
}

/** Takes one away, and ends its upload. */
function remove(key: string, id: string): void {
  uploads.get(id)?.abort()
  show(
    key,
    attachmentsOf(key).filter((one) => one.id !== id),
  )
  sendUploaded(key)
}

/** Sends all that are ready, as an answer to the message at `reply_to`. */
function sendAll(key: string, reply_to?: number): void {
  show(
    key,
    attachmentsOf(key).map((one) =>
      one.state === 'ready' ? { ...one, state: 'waiting', ...(reply_to !== undefined && { reply_to }) } : one,
    ),
  )
  begin()
}

/** Tries again: as the last one. */
function retry(key: string, id: string): void {
  const failed = attachmentsOf(key).find((one) => one.id === id && one.state === 'failed' && !one.isFinal)
  if (!failed) return
  const { reason, ...rest } = failed
  show(key, [...attachmentsOf(key).filter((one) => one !== failed), { ...rest, state: 'waiting', sent: 0 }])
  begin()
}

/** Begins uploads of whatever waits, in any conversation. */
function begin(): void {
  const waiting = Object.entries(model.state.getState().attachments).flatMap(([key, list]) =>
    list.filter(({ state }) => state === 'waiting').map((one) => ({ key, one })),
  )
  for (const { key, one } of waiting.slice(0, Math.max(0, mostAtOnce - uploads.size))) void run(key, one)
}

async function run(key: string, { id, file, media }: Attachment): Promise<void> {
  const chat = model.currentChat()
  const control = new AbortController()
  uploads.set(id, control)
  change(key, id, { state: 'uploading', sent: 0 })
  try {
    const address = await give(chat, file, 'chat', (sent) => change(key, id, { sent }), control)
    // Now the service looks at it: what it refuses is not sent.
    await addressOf(address, media === 2, true)
    change(key, id, { state: 'uploaded', address })
  } catch (failure) {
    const reason = model.reasonOf(failure)
    change(key, id, { state: 'failed', reason, isFinal: final.has(reason) })
  } finally {
    // Of the one who was signed in before, nothing is left to do.
    if (uploads.get(id) === control) {
      uploads.delete(id)
      sendUploaded(key)
      begin()
    }
  }
}

/** Sends what is uploaded, up to the first that is still on its way. Of those that answer a message, the first that is sent does. */
function sendUploaded(key: string): void {
  for (let next = nextOf(key); next?.state === 'uploaded'; next = nextOf(key)) {
    const { id, address = '', media, reply_to } = next
    const others = attachmentsOf(key).filter((one) => one.id !== id)
    show(
      key,
      reply_to === undefined ? others : others.map((one) => (one.reply_to === reply_to ? withoutReply(one) : one)),
    )
    model.sendMessage(key, address, media, { ...(reply_to !== undefined && { reply_to }) })
  }
}

/** The first that is to go out, and has not failed. */
const nextOf = (key: string): Attachment | undefined =>
  attachmentsOf(key).find(({ state }) => state !== 'ready' && state !== 'failed')

const withoutReply = ({ reply_to: _, ...one }: Attachment): Attachment => one

/** Uploads a picture of the person or of a group. @returns its address. @throws ChatError */
async function uploadPicture(
  file: File,
  type: 'avatar' | 'group_icon',
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const reason = isPicture(file) ? fileFault(file) : 'MEDIA_REFUSED'
  if (reason) throw new model.ChatError(reason)
  const control = new AbortController()
  signal.addEventListener('abort', () => control.abort())
  return await give(model.currentChat(), file, type, onProgress, control)
}

/** Gives up, too, when nothing goes on any more. */
async function give(
  chat: Chat,
  file: File,
  type: 'chat' | 'avatar' | 'group_icon',
  onProgress: (sent: number) => void,
  control: AbortController,
): Promise<string> {
  let hasStalled = false
  const stall = () => {
    hasStalled = true
    control.abort()
  }
  let timer = setTimeout(stall, stallMs)
  const heard = (sent: number) => {
    clearTimeout(timer)
    timer = setTimeout(stall, stallMs)
    if (!control.signal.aborted) onProgress(sent)
  }
  try {
    if (!model.isCurrent(chat)) throw new model.ChatError('CANCELLED')
    return await model.ask(() => chat.upload(file, { filename: plainName(file.name), type }, heard, control.signal))
  } catch (failure) {
    throw hasStalled ? new model.ChatError('UNREACHABLE', { isRetryable: true, cause: failure }) : failure
  } finally {
    clearTimeout(timer)
  }
}

/** Where a file can be read now. It is asked for once in a while, and `isAnew` after the last answer was of no use. */
function addressOf(path: string, isSmall: boolean, isAnew = false): Promise<string> {
  const name = `${isSmall ? 'small ' : ''}${new URL(path, 'http://here').pathname}`
  const known = addresses.get(name)
  if (known && !isAnew && Date.now() - known.at < lifeMs) return known.address
  const address = model.ask((chat) => chat.download(path, { thumbnail: isSmall }))
  const asked = { at: Date.now(), address }
  addresses.delete(name)
  addresses.set(name, asked)
  address.catch(() => {
    if (addresses.get(name) === asked) addresses.delete(name)
  })
  const [oldest] = addresses.keys()
  if (addresses.size > mostAddresses && oldest !== undefined) addresses.delete(oldest)
  return address
}
