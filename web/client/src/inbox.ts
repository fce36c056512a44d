/** What came in: each message once and in order, and how far people have read. */
import { Conversation } from './conversation.ts'
import { Emitter } from './emitter.ts'
import { keyOf, type Message, messageOf, type Target, whole } from './frame.ts'
import type { GroupMessageFrame, MessageFrame, ReadFrame, StoredMessage } from './wire.ts'

/** `from_id` has read this conversation up to `seq`. */
export interface Receipt extends Required<Target> {
  from_id: number
  seq: number
}

interface Events {
  message: [message: Message]
  receipt: [receipt: Receipt]
  /** What is missing has to be asked for. */
  incomplete: [conversation: Conversation]
  /** The service knows of less than what its owner has read. */
  unread: [conversation: Conversation]
}

export class Inbox extends Emitter<Events> {
  readonly #owner: number
  readonly #conversations = new Map<string, Conversation>()

  constructor(owner: number) {
    super()
    this.#owner = owner
  }

  all(): Iterable<Conversation> {
    return this.#conversations.values()
  }

  /** The conversation of a target. One that is new begins after `upTo`, if that is known. */
  of(target: Target, upTo?: number): Conversation {
    const key = keyOf(target)
    const found = this.#conversations.get(key) ?? new Conversation(whole(target), upTo)
    this.#conversations.set(key, found)
    return found
  }

  /** A frame of type 2 or 3. */
  receive(frame: MessageFrame | GroupMessageFrame): void {
    const message = messageOf(frame, this.#owner)
    if (message) this.add(message)
  }

  add(message: Message): void {
    const conversation = this.of(message)
    this.#give(conversation.add(message))
    if (conversation.isIncomplete) this.emit('incomplete', conversation)
  }

  begin(conversation: Conversation, seq: number): void {
    this.#give(conversation.begin(seq))
  }

  addPage(conversation: Conversation, rows: readonly StoredMessage[]): void {
    const page = rows.flatMap((row) => messageOf(row, this.#owner) ?? [])
    this.#give(conversation.addPage(page.map((message) => ({ ...message, ...conversation.target }))))
  }

  /** A frame of type 6. */
  receiveReceipt({ from_id, target_id, chat_type, seq }: Target & Pick<ReadFrame, 'from_id' | 'seq'>): void {
    const isOfOther = chat_type !== 3 && from_id !== this.#owner
    const target = whole({ target_id: isOfOther ? from_id : target_id, chat_type })
    if (isOfOther) this.#peerRead(this.of(target), seq)
    else this.emit('receipt', { ...target, from_id, seq })
  }

  /** How far both sides have read, as a list or a page says. */
  learnMarks(conversation: Conversation, readSeq: number, peerReadSeq: number): void {
    if (conversation.wantsRead > readSeq) this.emit('unread', conversation)
    if (conversation.target.chat_type === 2) this.#peerRead(conversation, peerReadSeq)
  }

  #peerRead(conversation: Conversation, seq: number): void {
    if (!(seq > conversation.peerRead)) return
    conversation.peerRead = seq
    this.emit('receipt', { ...conversation.target, from_id: conversation.target.target_id, seq })
  }

  #give(messages: readonly Message[]): void {
    for (const message of messages) this.emit('message', message)
  }
}
