/** The chat as an application sees it. */
import { CatchUp } from './catch-up.ts'
import { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import { type Environment, environmentOf } from './environment.ts'
import { ChatError, errorOf, isOver } from './errors.ts'
import type { OnProgress, Uploading } from './files.ts'
import { type Answer, type Frame, type Message, messageOf, named, type Target, whole } from './frame.ts'
import { Http, type Page } from './http.ts'
import { Inbox, type Receipt } from './inbox.ts'
import { type Line, OwnLine } from './line.ts'
import { checkEntry, type Entry, memoryOutbox, newId, type Outbox } from './outbox.ts'
import { indexedDbOutbox } from './outbox-indexeddb.ts'
import type { Session } from './session.ts'
import { Stream } from './stream.ts'
import { SharedLine } from './tabs.ts'
import type { Friend, Group, GroupFrame, RefusedFrame, SignalCall, StoredMessage, TypingFrame } from './wire.ts'

export interface Options {
  session: Session
  /** Seconds between heartbeats, 30 to 480; 60 if none are given. */
  heartbeat?: number
  /** Where unanswered messages wait, in place of IndexedDB or memory. A chat with one of its own shares no connection. */
  outbox?: Outbox
  /** In place of what the platform has. */
  environment?: Partial<Environment>
}

/** Somebody types in this conversation, or has stopped. */
export interface Typing extends Required<Target> {
  from_id: number
  typing: boolean
}

export interface FriendEvent {
  event: 'friend_request' | 'friend_accepted' | 'friend_removed'
  user_id: number
}

export type GroupEvent = Pick<GroupFrame, 'event' | 'group_id' | 'user_id'>

export interface Presence {
  user_id: number
  online: boolean
}

/** What the service says of a call, for `Calls`. `elsewhere`: another device or tab has answered; `refused`: for a `reason`. */
export interface Signal {
  call_id: string
  /** The friend. */
  from_id: number
  action: NonNullable<SignalCall['action']> | 'elsewhere' | 'refused'
  content: string
  reason?: string
}

export interface Sending {
  /** 1 text, 2 image, 3 any other file. */
  media?: 1 | 2 | 3
  /** One that nobody else has, from `newId`; it is made if none is given. */
  client_msg_id?: string
  /** The `seq` of the message that it answers. */
  reply_to?: number
  /** In groups: members whom it is for above all; 0 for everybody, as its owner and administrators may say. */
  mentions?: number[]
  /** The application's own: it stays in the outbox with the message. */
  note?: unknown
}

export interface ChatEvents {
  open: []
  lost: []
  /** Nothing connects again until `connect` is called: the session is over, or another device took this one's place. */
  ended: [error: ChatError]
  message: [message: Message]
  /** A message of the user waits in the outbox, from this tab or another one. */
  queued: [entry: Entry]
  /** It waits no longer: it is stored, or refused for good. */
  answered: [entry: Entry, answer: Message | ChatError]
  receipt: [receipt: Receipt]
  typing: [typing: Typing]
  friend: [friend: FriendEvent]
  group: [group: GroupEvent]
  presence: [presence: Presence]
  /** For `Calls`, which makes calls of it. */
  signal: [signal: Signal]
  /** What no promise brings: a mark that was refused, a page that cannot be read. */
  error: [error: ChatError]
}

/** Where pages of the history begin, and how many messages each may hold. */
interface Stretch {
  before_seq?: number
  after_seq?: number
  limit?: number
}

interface Waiting {
  resolve(message: Message): void
  reject(error: ChatError): void
}

export class Chat extends Emitter<ChatEvents> {
  readonly #owner: number
  readonly #environment: Environment
  readonly #http: Http
  readonly #inbox: Inbox
  readonly #catchUp: CatchUp
  readonly #outbox: Outbox
  readonly #line: Line
  readonly #waiting = new Map<string, Waiting>()
  readonly #streams = new Set<Stream<Message>>()
  /** Since the service was last asked how far it knows. */
  #hasMarked = false

  /** @throws TypeError when there is no WebSocket, or the address or the heartbeat is none. */
  constructor({ session, heartbeat = 60, outbox, environment: given }: Options) {
    super()
    if (!Number.isInteger(heartbeat) || heartbeat < 30 || heartbeat > 480)
      throw new TypeError('heartbeat: whole seconds from 30 to 480')
    const environment = environmentOf(given)
    if (!environment.WebSocket) throw new TypeError('There is no WebSocket: give that of the package ws.')
    const onFailure = (failure: unknown) => this.#failed(errorOf(failure))
    this.#owner = session.user_id
    this.#environment = environment
    this.#http = new Http(session.url, environment, session.token)
    this.#inbox = new Inbox(session.user_id)
    this.#catchUp = new CatchUp(this.#http, environment, this.#inbox, onFailure)
    const connect = (kept: Outbox) =>
      new OwnLine(new Connection(this.#http, environment, heartbeat), kept, environment, onFailure)
    const name = `gochat:${session.user_id}@${session.url}`
    this.#outbox = outbox ?? (environment.indexedDB ? indexedDbOutbox(environment.indexedDB, name) : memoryOutbox())
    const { indexedDB, locks, BroadcastChannel } = environment
    const isShared = !outbox && indexedDB && locks && BroadcastChannel
    // A tab that still has an ended session must not speak for those that have a new one.
    const line = {
      name: `${name}#${session.token.slice(-12)}`,
      outbox: this.#outbox,
      lead: () => connect(this.#outbox),
    }
    this.#line = isShared ? new SharedLine({ ...line, locks, BroadcastChannel }) : line.lead()
    this.#listen()
  }

  /** Connects, and again after each loss, until `close` or the event `ended`. */
  connect(): void {
    this.#line.start()
  }

  /** What is unanswered stays in the outbox; its promises are rejected with `CLOSED`. */
  close(): void {
    this.#line.stop()
    this.#stopped(new ChatError('CLOSED', { isRetryable: true }))
    for (const stream of this.#streams) stream.end()
    this.#streams.clear()
  }

  /**
   * Sends a message, again under the same id until it is stored. Messages of one conversation keep their order.
   *
   * @throws ChatError - if it is retryable, the message is still in the outbox, and goes out with the next connection.
   */
  async send(target: Target, content: string, sending: Sending = {}): Promise<Message> {
    const { media = 1, client_msg_id = newId(), ...more } = sending
    return await this.#post({ ...whole(target), content, media, client_msg_id, ...more })
  }

  /** Gives a message of the user another text. Sent as `send` does. @returns the message that tells of it. @throws ChatError */
  edit(target: Target, seq: number, content: string): Promise<Message> {
    return this.#change(target, { seq, action: 'edit' }, content)
  }

  /** Takes a message of the user back: nobody reads it any more. As `edit`. */
  recall(target: Target, seq: number): Promise<Message> {
    return this.#change(target, { seq, action: 'recall' })
  }

  /** Says what the user feels about a message, by one emoji, or that it is nothing any more. As `edit`. */
  react(target: Target, seq: number, emoji = ''): Promise<Message> {
    return this.#change(target, { seq, action: 'react' }, emoji)
  }

  async #change(target: Target, change: NonNullable<Entry['change']>, content = ''): Promise<Message> {
    return await this.#post({ ...whole(target), content, media: 1, client_msg_id: newId(), change })
  }

  async #post(entry: Entry): Promise<Message> {
    checkEntry(entry)
    const answer = new Promise<Message>((resolve, reject) => {
      this.#waiting.set(entry.client_msg_id, { resolve, reject })
    })
    // It may be rejected before anybody has got hold of it.
    answer.catch(() => {})
    try {
      await this.#line.post(entry)
    } catch (cause) {
      this.#waiting.delete(entry.client_msg_id)
      throw new ChatError('OUTBOX', { message: String(cause), cause })
    }
    return await answer
  }

  /** The messages of the user that have no answer yet, the oldest first. */
  waiting(): Promise<Entry[]> {
    return this.#outbox.all()
  }

  /** Takes what waits out of the outbox, of a chat that is closed: nobody sends it any more. */
  async forget(): Promise<void> {
    for (const { client_msg_id } of await this.waiting()) await this.#outbox.remove(client_msg_id)
  }

  /** Names where to go on: the application has all of this conversation up to `seq`. */
  follow(target: Target, seq: number): void {
    this.#inbox.begin(this.#inbox.of(target), seq)
  }

  /** Has read what others wrote here, up to `seq`. Repeated after a loss or an error, as far as the service does not know it. */
  read(target: Target, seq: number): void {
    const conversation = this.#inbox.of(target)
    if (seq <= conversation.wantsRead) return
    conversation.wantsRead = seq
    this.#mark(target, seq)
  }

  typing(target: Target, typing: boolean): void {
    this.#line.send({ type: 7, ...named(target), typing })
  }

  /** For `Calls`. It may be lost. */
  signal(signal: Required<Omit<SignalCall, 'type'>>): void {
    this.#line.send({ type: 4, ...signal })
  }

  /** Messages from now on, of one conversation or of all. */
  messages(target?: Target): AsyncIterableIterator<Message> {
    const { target_id, chat_type } = target ? whole(target) : {}
    const isHere = (message: Message) => !target || (message.target_id === target_id && message.chat_type === chat_type)
    const stream: Stream<Message> = new Stream((put) => {
      const off = this.on('message', (message) => {
        if (isHere(message)) put(message)
      })
      return () => {
        off()
        this.#streams.delete(stream)
      }
    })
    this.#streams.add(stream)
    return stream
  }

  /**
   * Pages of what was said, each in order: before `before_seq`, the latest page first, or after `after_seq`, the earliest first.
   *
   * @throws ChatError
   */
  async *history(target: Target, { before_seq, after_seq, limit = 100 }: Stretch = {}) {
    const { target_id, chat_type } = whole(target)
    const isForward = after_seq !== undefined
    for (let from = isForward ? after_seq : before_seq; isForward || from !== 1; ) {
      const point = from === undefined ? '' : `&${isForward ? 'after' : 'before'}_seq=${from}`
      const path = `/api/chat/history?target_id=${target_id}&chat_type=${chat_type}&limit=${limit}${point}`
      const rows = await this.#http.call<StoredMessage[]>('GET', path)
      const page = rows.flatMap((row) => messageOf(row, this.#owner) ?? [])
      const end = page.at(isForward ? -1 : 0)
      if (!end) return
      yield page.map((message): Message => ({ ...message, target_id, chat_type }))
      from = end.seq
    }
  }

  /**
   * Pages of the messages that hold a text, the newest first: of one conversation, or of all. One that is empty may be followed by
   * another one.
   *
   * @throws ChatError
   */
  async *search(text: string, target?: Target): AsyncGenerator<Message[]> {
    const { target_id, chat_type } = target ? whole(target) : {}
    const place = target ? `&target_id=${target_id}&chat_type=${chat_type}` : ''
    let next: string | undefined = `/api/chat/search?${new URLSearchParams({ q: text })}${place}`
    while (next) {
      const page: Page<StoredMessage[]> = await this.#http.page('GET', next)
      yield page.data.flatMap((row) => messageOf(row, this.#owner) ?? [])
      next = page.next
    }
  }

  /** The friends, the last spoken with first. @throws ChatError */
  friends(): AsyncGenerator<Friend> {
    return this.#http.list<Friend>('/api/friend/list')
  }

  /** The groups that the user belongs to, the last spoken in first. @throws ChatError */
  groups(): AsyncGenerator<Group> {
    return this.#http.list<Group>('/api/group/my-groups')
  }

  /**
   * Gives a file to the service. What it returns is the content of a message, with `media` 2 for a picture and 3 for anything else,
   * or the address of a picture of the user or of a group.
   *
   * @throws ChatError - `CANCELLED` after `signal` has said so.
   */
  async upload(file: Blob, what: Uploading, onProgress?: OnProgress, signal?: AbortSignal): Promise<string> {
    const { upload } = await loadFiles()
    return await upload(this.#http, this.#environment, file, what, onProgress, signal)
  }

  /** An address for ten minutes, without a token, of a file that a message has brought, or of its small picture. @throws ChatError */
  async download(address: string, { thumbnail }: { thumbnail?: boolean } = {}): Promise<string> {
    const { download } = await loadFiles()
    return await download(this.#http, address, thumbnail)
  }

  /** Any other route of the service. @returns the reply's `data`. @throws ChatError */
  call<Data = unknown>(method: string, path: string, body?: unknown): Promise<Data> {
    return this.#http.call<Data>(method, path, body)
  }

  /** A page of a list, and the path of the one that follows. @throws ChatError */
  page<Entry = unknown>(path: string): Promise<Page<Entry[]>> {
    return this.#http.page<Entry[]>('GET', path)
  }

  #listen(): void {
    const line = this.#line
    line.on('open', () => {
      this.#catchUp.refresh()
      this.emit('open')
    })
    line.on('lost', () => {
      this.#catchUp.halt()
      this.emit('lost')
    })
    line.on('ended', (error) => {
      this.#stopped(error)
      this.emit('ended', error)
    })
    line.on('frame', (frame) => this.#receive(frame))
    line.on('queued', (entry) => this.emit('queued', entry))
    line.on('sent', (frame) => {
      if (frame.type === 6) this.#inbox.receiveReceipt({ ...frame, from_id: this.#owner })
      else if (frame.type === 4 && (frame.action === 'accept' || frame.action === 'reject'))
        this.#signalled({ ...frame, from_id: frame.target_id }, 'elsewhere')
    })
    line.on('answered', (entry, frame) => this.#answered(entry, frame))
    line.on('error', (error) => this.#failed(error))
    this.#inbox.on('message', (message) => this.emit('message', message))
    this.#inbox.on('receipt', (receipt) => this.emit('receipt', receipt))
    this.#inbox.on('unread', ({ target, wantsRead }) => this.#mark(target, wantsRead))
  }

  #mark(target: Target, seq: number): void {
    this.#hasMarked = true
    this.#line.send({ type: 6, ...named(target), seq })
  }

  #receive(frame: Frame): void {
    if (frame.type === undefined) this.#doubtMarks()
    else if (frame.type === 2 || frame.type === 3) this.#inbox.receive(frame)
    else if (frame.type === 6) this.#inbox.receiveReceipt(frame)
    else if (frame.type === 7) this.#typed(frame)
    else if (frame.type === 4) this.#signalled(frame, frame.action)
    else if (frame.type === 9) this.#refused(frame)
    else if (frame.type !== 8) return
    else if (frame.event === 'resync') this.#resync(frame.after_ms)
    else if (frame.event === 'answered_elsewhere') this.#signalled({ ...frame, from_id: frame.user_id }, 'elsewhere')
    else if (frame.event === 'presence') this.emit('presence', { user_id: frame.user_id, online: frame.online })
    else if ('group_id' in frame) this.emit('group', eventOf(frame))
    else this.emit('friend', { event: frame.event, user_id: frame.user_id })
  }

  #resync(afterMs = 0): void {
    if (afterMs > 0) this.#catchUp.refreshIn(afterMs)
    else this.#catchUp.refresh()
  }

  /** What has no `call_id` is of clients that keep the state of calls themselves. */
  #signalled(frame: Partial<Signal>, action: Signal['action'] | undefined): void {
    const { call_id, from_id = 0, content = '', reason } = frame
    if (call_id && action) this.emit('signal', { call_id, from_id, action, content, ...(reason && { reason }) })
  }

  #refused(frame: RefusedFrame): void {
    if (frame.call_id) {
      const { call_id, reason } = frame
      this.#signalled({ call_id, reason }, 'refused')
      return
    }
    if (frame.retryable) this.#doubtMarks(frame.retry_after_ms)
    this.#failed(refusalOf(frame))
  }

  /** An error that names no message may be the answer to a mark: the service is asked how far it knows. */
  #doubtMarks(leastMs?: number): void {
    if (this.#hasMarked) this.#catchUp.doubt(leastMs)
    this.#hasMarked = false
  }

  #typed({ from_id, target_id = from_id, chat_type, typing }: TypingFrame): void {
    const target = whole({ target_id: chat_type === 3 ? target_id : from_id, chat_type })
    this.emit('typing', { ...target, from_id, typing })
  }

  #answered(entry: Entry, frame: Answer): void {
    const waiting = this.#waiting.get(entry.client_msg_id)
    this.#waiting.delete(entry.client_msg_id)
    if (frame.type === 9) {
      const error = refusalOf(frame)
      this.emit('answered', entry, error)
      if (waiting) waiting.reject(error)
      else this.#failed(error)
      return
    }
    const { id, seq, created_at } = frame
    const { note: _, ...said } = entry
    const message: Message = { ...said, id, seq, created_at, from_id: this.#owner }
    this.emit('answered', entry, message)
    this.#inbox.add(message)
    waiting?.resolve(message)
  }

  /** Nothing will be answered any more. */
  #stopped(error: ChatError): void {
    this.#catchUp.halt()
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #failed(error: ChatError): void {
    // The connection is about to hear the same.
    if (!isOver(error.reason)) this.emit('error', error)
  }
}

/** Most chats need it late, or never. */
const loadFiles = () =>
  import('./files.ts').catch((cause) => {
    throw errorOf(cause)
  })

const eventOf = ({ type: _, ...event }: GroupFrame): GroupEvent => event

const refusalOf = ({ reason, msg, retryable, retry_after_ms }: RefusedFrame): ChatError =>
  new ChatError(reason, {
    message: msg,
    isRetryable: retryable,
    ...(retry_after_ms !== undefined && { retryAfterMs: retry_after_ms }),
  })
