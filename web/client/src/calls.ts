/** Calls with friends: who rings, who answers, and when it is over. What the two devices tell each other is the application's. */
import type { Chat, Signal } from './chat.ts'
import { Emitter } from './emitter.ts'
import { newId } from './outbox.ts'

/**
 * `ended`: after a talk. `missed`: nobody answered, or the caller gave up. `declined`, `busy`: by the other side. `elsewhere`: another
 * device of the user answered. `crossed`: the friend's call of the same moment takes its place. Anything else is a reason of the service.
 */
export type CallEnding = 'ended' | 'missed' | 'declined' | 'busy' | 'elsewhere' | 'crossed' | (string & {})

export interface CallEvents {
  /** The friend has accepted, with this content. */
  accepted: [content: string]
  /** What the other device has sent since. */
  signal: [content: string]
  ended: [ending: CallEnding]
}

const ringMs = 45_000
// What the service needs, to know that a call goes on, is less than every three minutes.
const aliveMs = 60_000
const nothing = '{}'

/** One call, from ringing to its end. */
export class Call extends Emitter<CallEvents> {
  readonly id: string
  readonly peer: number
  readonly isOutgoing: boolean
  /** What came or went with the invitation. */
  readonly content: string
  /** One's own call to the same friend gave way to this one: both want to talk. */
  readonly isMutual: boolean
  state: 'ringing' | 'talking' | 'over' = 'ringing'
  readonly #chat: Chat
  #timer: unknown

  constructor(
    chat: Chat,
    signal: Pick<Signal, 'call_id' | 'from_id' | 'content'>,
    isOutgoing: boolean,
    isMutual = false,
  ) {
    super()
    this.#chat = chat
    this.id = signal.call_id
    this.peer = signal.from_id
    this.content = signal.content
    this.isOutgoing = isOutgoing
    this.isMutual = isMutual
    this.#timer = setTimeout(() => this.#rangOut(), ringMs)
    if (isOutgoing) this.invite()
  }

  /** Tells the friend's devices, once more after a loss: they know it by its id. */
  invite(): void {
    this.#send('invite', this.content)
  }

  /** Answers a call that rings here. */
  accept(content: string): void {
    if (this.isOutgoing || this.state !== 'ringing') return
    this.#send('accept', content)
    this.#talk()
  }

  /** For the other device: a candidate, or whatever else it has to know. */
  signal(content: string): void {
    if (this.state !== 'over') this.#send('candidate', content)
  }

  /** Declines it, gives it up or ends it, whichever is due. */
  hangUp(): void {
    if (this.state === 'over') return
    const isRinging = this.state === 'ringing'
    this.#send(isRinging ? (this.isOutgoing ? 'cancel' : 'reject') : 'end')
    this.end(isRinging ? (this.isOutgoing ? 'missed' : 'declined') : 'ended')
  }

  /** The other side, or the service, says something of this call. */
  receive({ action, content, reason }: Signal): void {
    if (this.state === 'over') return
    if (action === 'accept' && this.isOutgoing && this.state === 'ringing') {
      this.#talk()
      this.emit('accepted', content)
    } else if (action === 'candidate') {
      if (content !== nothing) this.emit('signal', content)
    } else if (action === 'elsewhere') this.end('elsewhere')
    else if (action === 'refused') this.#refused(reason ?? '')
    else if (action === 'busy') this.end('busy')
    else if (action === 'reject') this.end('declined')
    else if (action === 'cancel') this.end(this.state === 'talking' ? 'ended' : 'missed')
    else if (action === 'end') this.end(this.state === 'talking' ? 'ended' : 'missed')
  }

  /** It is over here; nobody is told by it. */
  end(ending: CallEnding): void {
    if (this.state === 'over') return
    this.state = 'over'
    clearTimeout(this.#timer as number)
    this.emit('ended', ending)
  }

  #talk(): void {
    this.state = 'talking'
    clearTimeout(this.#timer as number)
    const stayAlive = () => {
      this.#send('candidate')
      this.#timer = setTimeout(stayAlive, aliveMs)
    }
    this.#timer = setTimeout(stayAlive, aliveMs)
  }

  #rangOut(): void {
    // Its caller tells the service, so that the message at the end is written once.
    if (this.isOutgoing) this.#send('cancel')
    this.end('missed')
  }

  #refused(reason: string): void {
    // Deployed, what follows an invitation may overtake it.
    if (reason === 'CALL_NOT_FOUND' && this.isOutgoing && this.state === 'ringing') return
    // Whether it rings is unknown: it shall not.
    if (this.isOutgoing && this.state === 'ringing') this.#send('cancel')
    this.end(reason)
  }

  #send(action: Exclude<Signal['action'], 'elsewhere' | 'refused'>, content: string = nothing): void {
    this.#chat.signal({ target_id: this.peer, call_id: this.id, action, content })
  }
}

/** The calls of a chat: at most one at a time. */
export class Calls extends Emitter<{ ringing: [call: Call] }> {
  readonly #chat: Chat
  readonly #offs: (() => void)[]
  #current: Call | undefined
  /** The last that came, so that what is repeated does not ring again. */
  readonly #known = new Set<string>()

  constructor(chat: Chat) {
    super()
    this.#chat = chat
    this.#offs = [
      chat.on('signal', (signal) => this.receive(signal)),
      chat.on('open', () => {
        if (this.current?.isOutgoing && this.current.state === 'ringing') this.current.invite()
      }),
    ]
  }

  /** The call that rings or goes on. */
  get current(): Call | undefined {
    return this.#current?.state === 'over' ? undefined : this.#current
  }

  /** Rings at a friend's devices. @throws TypeError while there is a call. */
  invite(friendId: number, content: string = nothing): Call {
    if (this.current) throw new TypeError('There is a call already.')
    this.#current = new Call(this.#chat, { call_id: newId(), from_id: friendId, content }, true)
    return this.#current
  }

  /** What came of calls: by the chat itself, or from before this was made. */
  receive(signal: Signal): void {
    if (signal.action === 'invite') this.#invited(signal)
    else if (signal.call_id === this.#current?.id) this.#current.receive(signal)
  }

  /** Hangs up, and hears no more. */
  close(): void {
    this.current?.hangUp()
    for (const off of this.#offs) off()
  }

  #invited(signal: Signal): void {
    const { call_id, from_id } = signal
    if (this.#known.has(call_id)) return
    this.#known.add(call_id)
    const { current } = this
    const isMutual = current?.isOutgoing === true && current.state === 'ringing' && current.peer === from_id
    if (current && !isMutual) {
      this.#chat.signal({ target_id: from_id, call_id, action: 'busy', content: nothing })
      return
    }
    current?.end('crossed')
    this.#current = new Call(this.#chat, signal, false, isMutual)
    this.emit('ringing', this.#current)
  }
}
