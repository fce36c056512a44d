/** The chat as an application sees it. */
import { CatchUp, type Friend } from './catch-up.ts'
import { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import { type Environment, environmentOf } from './environment.ts'
import { ChatError, errorOf, isOver } from './errors.ts'
import { type Frame, type Message, messageOf, named, type Target, whole } from './frame.ts'
import { Http } from './http.ts'
import { Inbox, type Receipt } from './inbox.ts'
import { type Line, OwnLine } from './line.ts'
import { checkEntry, type Entry, memoryOutbox, newId, type Outbox } from './outbox.ts'
import { indexedDbOutbox } from './outbox-indexeddb.ts'
import type { Session } from './session.ts'
import { Stream } from './stream.ts'
import { SharedLine } from './tabs.ts'

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

export interface Presence {
  user_id: number
  online: boolean
}

export interface ChatEvents {
  open: []
  lost: []
  /** Nothing connects again until `connect` is called: the session is over, or another device took this one's place. */
  ended: [error: ChatError]
  message: [message: Message]
  receipt: [receipt: Receipt]
  typing: [typing: Typing]
  friend: [friend: FriendEvent]
  presence: [presence: Presence]
  /** What no promise brings: a mark that was refused, a page that cannot be read. */
  error: [error: ChatError]
}

interface Waiting {
  resolve(message: Message): void
  reject(error: ChatError): void
}

export class Chat extends Emitter<ChatEvents> {
  readonly #owner: number
  readonly #http: Http
  readonly #inbox: Inbox
  readonly #catchUp: CatchUp
  readonly #line: Line
  readonly #waiting = new Map<string, Waiting>()
  readonly #streams = new Set<Stream<Message>>()

  /** @throws TypeError when there is no WebSocket, or the address or the heartbeat is none. */
  constructor({ session, heartbeat = 60, outbox, environment: given }: Options) {
    super()
    if (!Number.isInteger(heartbeat) || heartbeat < 30 || heartbeat > 480)
      throw new TypeError('heartbeat: whole seconds from 30 to 480')
    const environment = environmentOf(given)
    if (!environment.WebSocket) throw new TypeError('There is no WebSocket: give that of the package ws.')
    const onFailure = (failure: unknown) => this.#failed(errorOf(failure))
    this.#owner = session.user_id
    this.#http = new Http(session.url, environment, session.token)
    this.#inbox = new Inbox(session.user_id)
    this.#catchUp = new CatchUp(this.#http, environment, this.#inbox, onFailure)
    const connect = (kept: Outbox) =>
      new OwnLine(new Connection(this.#http, environment, heartbeat), kept, environment, onFailure)
    this.#line = outbox ? connect(outbox) : lineOf(session, environment, connect)
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
  async send(target: Target, content: string, { media = 1 }: { media?: 1 | 2 | 3 } = {}): Promise<Message> {
    const entry: Entry = { ...whole(target), content, media, client_msg_id: newId() }
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

  /** Names where to go on: the application has all of this conversation up to `seq`. */
  follow(target: Target, seq: number): void {
    this.#inbox.begin(this.#inbox.of(target), seq)
  }

  /** Has read what others wrote here, up to `seq`. Repeated after a loss, as far as the service does not know it. */
  read(target: Target, seq: number): void {
    const conversation = this.#inbox.of(target)
    if (seq <= conversation.wantsRead) return
    conversation.wantsRead = seq
    this.#line.send({ type: 6, ...named(target), seq })
  }

  typing(target: Target, typing: boolean): void {
    this.#line.send({ type: 7, ...named(target), typing })
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

  /** Pages of what was said before `before_seq`, the latest page first, each in order. @throws ChatError */
  async *history(target: Target, { before_seq, limit = 100 }: { before_seq?: number; limit?: number } = {}) {
    const { target_id, chat_type } = whole(target)
    for (let before = before_seq; before !== 1; ) {
      const query = { target_id, chat_type, limit, ...(before !== undefined && { before_seq: before }) }
      const entries = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
      const rows = await this.#http.call<Frame[]>('GET', `/api/chat/history?${new URLSearchParams(entries)}`)
      const page = rows.flatMap((row) => messageOf(row, this.#owner) ?? [])
      const [first] = page
      if (!first) return
      yield page.map((message): Message => ({ ...message, target_id, chat_type }))
      before = first.seq
    }
  }

  /** The friends, the last spoken with first. @throws ChatError */
  friends(): AsyncGenerator<Friend> {
    return this.#http.list<Friend>('/api/friend/list')
  }

  /** Any other route of the service. @returns the reply's `data`. @throws ChatError */
  call<Data = unknown>(method: string, path: string, body?: unknown): Promise<Data> {
    return this.#http.call<Data>(method, path, body)
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
    line.on('answered', (entry, frame) => this.#answered(entry, frame))
    line.on('error', (error) => this.#failed(error))
    this.#inbox.on('message', (message) => this.emit('message', message))
    this.#inbox.on('receipt', (receipt) => this.emit('receipt', receipt))
    this.#inbox.on('unread', ({ target, wantsRead }) => line.send({ type: 6, ...named(target), seq: wantsRead }))
  }

  #receive(frame: Frame): void {
    const { type, event } = frame
    if (type === 2 || type === 3) this.#inbox.receive(frame)
    else if (type === 6) this.#inbox.receiveReceipt(frame)
    else if (type === 7) this.#typed(frame)
    else if (type === 9) this.#failed(refusalOf(frame))
    else if (type === 8 && event === 'resync') this.#catchUp.refresh()
    else if (type === 8 && event === 'presence')
      this.emit('presence', { user_id: Number(frame.user_id), online: frame.online === true })
    else if (type === 8 && (event === 'friend_request' || event === 'friend_accepted' || event === 'friend_removed'))
      this.emit('friend', { event, user_id: Number(frame.user_id) })
  }

  #typed({ from_id, target_id, chat_type, typing }: Frame): void {
    const target = whole({
      target_id: Number(chat_type === 3 ? target_id : from_id),
      chat_type: chat_type === 3 ? 3 : 2,
    })
    this.emit('typing', { ...target, from_id: Number(from_id), typing: typing === true })
  }

  #answered(entry: Entry, frame: Frame): void {
    const waiting = this.#waiting.get(entry.client_msg_id)
    this.#waiting.delete(entry.client_msg_id)
    if (frame.type === 9) {
      const error = refusalOf(frame)
      if (waiting) waiting.reject(error)
      else this.#failed(error)
      return
    }
    const [id, seq, created_at] = [Number(frame.id), Number(frame.seq), Number(frame.created_at)]
    const message: Message = { ...entry, id, seq, created_at, from_id: this.#owner }
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

/** Shared with other tabs where that is possible. Its name is that of the user: another one on this machine has another. */
function lineOf({ url, user_id }: Session, environment: Environment, connect: (kept: Outbox) => OwnLine): Line {
  const { indexedDB, locks, BroadcastChannel } = environment
  if (!indexedDB) return connect(memoryOutbox())
  const name = `gochat:${user_id}@${url}`
  const outbox = indexedDbOutbox(indexedDB, name)
  if (!locks || !BroadcastChannel) return connect(outbox)
  return new SharedLine({ name, locks, BroadcastChannel, outbox, lead: () => connect(outbox) })
}

const refusalOf = ({ reason, msg, retryable, retry_after_ms }: Frame): ChatError =>
  new ChatError(String(reason), {
    message: String(msg),
    isRetryable: retryable === true,
    ...(typeof retry_after_ms === 'number' && { retryAfterMs: retry_after_ms }),
  })
