/** Asks for what was missed: the lists of friends and groups say where something is, pages of sync bring it. */
import type { Conversation } from './conversation.ts'
import { type Environment, pauseMs } from './environment.ts'
import { type ChatError, errorOf } from './errors.ts'
import { named, type Target } from './frame.ts'
import type { Http } from './http.ts'
import type { Inbox } from './inbox.ts'
import type { Friend, Group, SyncedConversation } from './wire.ts'

const mostConversations = 200
const longestMs = 10_000

export class CatchUp {
  readonly #http: Http
  readonly #environment: Environment
  readonly #inbox: Inbox
  readonly #onError: (error: ChatError) => void
  readonly #wanted = new Set<Conversation>()
  #isListWanted = false
  #isActive = false
  #isInDoubt = false
  #isPlanned = false
  #doubts = 0
  #isRunning = false
  #wake: (() => void) | undefined

  constructor(http: Http, environment: Environment, inbox: Inbox, onError: (error: ChatError) => void) {
    this.#http = http
    this.#environment = environment
    this.#inbox = inbox
    this.#onError = onError
    inbox.on('incomplete', (conversation) => this.want(conversation))
  }

  /** Asks for all that is new: after a connection was opened, or when the service says that a push may have been missed. */
  refresh(): void {
    this.#isActive = true
    this.#isListWanted = true
    this.#wake?.()
    void this.#run()
  }

  /** The same in so many ms, of which 10 s count: many others were told to ask at the same time. */
  refreshIn(ms: number): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#environment.setTimeout(
      () => {
        this.#isPlanned = false
        if (this.#isActive) this.refresh()
      },
      Math.min(ms, longestMs),
    )
  }

  /** Asks for all that is new in a while, at the earliest after so many ms: what was sent may not have come through. */
  doubt(leastMs = 0): void {
    if (this.#isInDoubt) return
    this.#isInDoubt = true
    const ms = Math.max(leastMs, pauseMs(this.#environment, this.#doubts))
    this.#doubts += 1
    this.#environment.setTimeout(() => {
      this.#isInDoubt = false
      if (this.#isActive) this.refresh()
    }, ms)
  }

  want(conversation: Conversation): void {
    this.#wanted.add(conversation)
    void this.#run()
  }

  /** Asks for nothing more until the next `refresh`, which asks for everything. */
  halt(): void {
    this.#isActive = false
    this.#doubts = 0
    this.#wake?.()
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    for (let failures = 0; this.#isActive && (this.#isListWanted || this.#wanted.size > 0); ) {
      try {
        await (this.#isListWanted ? this.#readList() : this.#readPage())
        failures = 0
      } catch (failure) {
        const error = errorOf(failure)
        if (!error.isRetryable) this.#onError(error)
        await this.#pause(Math.max(error.retryAfterMs ?? 0, pauseMs(this.#environment, failures)))
        failures += 1
      }
    }
    this.#isRunning = false
  }

  async #readList(): Promise<void> {
    this.#isListWanted = false
    try {
      const unlisted = new Set(this.#inbox.all())
      const listed = (target: Target, { read_seq, last_seq }: Friend | Group, peerReadSeq = 0): void => {
        const conversation = this.#inbox.of(target)
        unlisted.delete(conversation)
        this.#inbox.begin(conversation, read_seq)
        this.#inbox.learnMarks(conversation, read_seq, peerReadSeq)
        if (last_seq > (conversation.upTo ?? 0)) this.#wanted.add(conversation)
      }
      for await (const friend of this.#http.list<Friend>('/api/friend/list')) {
        if (!this.#isActive) return
        listed({ target_id: friend.id }, friend, friend.peer_read_seq)
      }
      for await (const group of this.#http.list<Group>('/api/group/my-groups')) {
        if (!this.#isActive) return
        listed({ target_id: group.id, chat_type: 3 }, group)
      }
      // Those of former friends and former members.
      for (const conversation of unlisted) this.#wanted.add(conversation)
    } catch (error) {
      this.#isListWanted = errorOf(error).isRetryable
      throw error
    }
  }

  async #readPage(): Promise<void> {
    const asked = [...this.#wanted].slice(0, mostConversations)
    for (const conversation of asked) this.#wanted.delete(conversation)
    // Where to begin is not known yet: an answer without messages says how far its owner has read.
    const conversations = asked.map(({ target, upTo = Number.MAX_SAFE_INTEGER }) => ({
      ...named(target),
      after_seq: upTo,
    }))
    try {
      const known = new Set(asked.filter(({ upTo }) => upTo !== undefined))
      const reply = await this.#http.call<SyncedConversation[]>('POST', '/api/chat/sync', { conversations })
      // Whoever closed the chat is told nothing more.
      if (!this.#isActive) return
      for (const one of reply) {
        const conversation = this.#inbox.of(one)
        this.#merge(conversation, one, known.has(conversation))
      }
    } catch (error) {
      if (errorOf(error).isRetryable) for (const conversation of asked) this.#wanted.add(conversation)
      throw error
    }
  }

  #merge(conversation: Conversation, synced: SyncedConversation, wasKnown: boolean): void {
    const { messages, last_seq, read_seq, peer_read_seq, has_more } = synced
    this.#inbox.begin(conversation, read_seq)
    if (wasKnown) this.#inbox.addPage(conversation, messages)
    this.#inbox.learnMarks(conversation, read_seq, peer_read_seq)
    const hasMore = wasKnown ? has_more && messages.length > 0 : last_seq > (conversation.upTo ?? 0)
    if (hasMore) this.#wanted.add(conversation)
    else if (conversation.isIncomplete) this.#later(conversation)
    else conversation.stalls = 0
  }

  #later(conversation: Conversation): void {
    const ms = pauseMs(this.#environment, conversation.stalls)
    conversation.stalls += 1
    this.#environment.setTimeout(() => {
      if (conversation.isIncomplete) this.want(conversation)
    }, ms)
  }

  #pause(ms: number): Promise<void> {
    const { setTimeout, clearTimeout } = this.#environment
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
