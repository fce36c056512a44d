/** One device of a person: a chat of the library that comes and goes, and what its application has of each conversation. */
import { Chat, type ChatError, type Entry, type Message, type Receipt } from '../../web/client/src/index.ts'
import { note, noteMark, type TapOptions } from './notes.ts'
import { KeptOutbox } from './outbox.ts'
import type { Person } from './people.ts'
import type { DeviceLog, Sent } from './recording.ts'
import { Tap } from './tap.ts'
import type { Leave } from './tap-socket.ts'
import { fieldsOf, groupTarget, idOf, isGroup, messageTo, type Target, targetOf, userTarget } from './target.ts'
import { createView, type View } from './view.ts'

export interface DeviceOptions extends Omit<TapOptions, 'log' | 'pace'> {
  base: () => string
  targets: readonly Target[]
  name: string
  /** Between two heartbeats. */
  heartbeatMs: number
}

// The library's patience is that of people: here it would be most of the time of a run.
const pace = 2.5
// What a probe, which may name its own sender, a stranger, or a mark that came too late may be answered.
const expectedReasons = ['CONFLICT', 'TARGET_IS_SELF', 'NOT_FRIENDS', 'NOT_MEMBER']

export class Device {
  readonly log: DeviceLog
  readonly views: ReadonlyMap<Target, View>
  readonly #options: DeviceOptions
  readonly #outbox: KeptOutbox
  /** How far its application has read. */
  readonly #read = new Map<Target, number>()
  #chat: Chat
  #tap: Tap
  #promises = 0

  constructor(options: DeviceOptions) {
    const { name, owner, targets, recording, ledger } = options
    this.#options = options
    this.log = {
      ...{ name, owner: owner.id, seen: [], connects: 0 },
      ...{ marksTold: new Map(), marksGiven: new Map(), beforeLastSync: new Map() },
    }
    recording.devices.push(this.log)
    this.views = new Map(targets.map((target) => [target, createView()]))
    this.#outbox = new KeptOutbox((entry) => ledger.kept(entry))
    this.#tap = this.#newTap()
    this.#chat = this.#newChat()
  }

  get owner(): Person {
    return this.#options.owner
  }

  get isOpen(): boolean {
    return this.#tap.socket?.isOpen === true
  }

  get isSyncing(): boolean {
    return this.#tap.isAsking
  }

  /** Promises of `send` that are still open. */
  get promises(): number {
    return this.#promises
  }

  /** How many of its messages have no answer yet. */
  waiting(target?: Target): number {
    const { waiting } = this.#outbox
    return target ? waiting.filter((entry) => targetOf(entry) === target).length : waiting.length
  }

  /** Connects, and again whenever the connection is lost, until `stop`. When it is about to try, it does so at once. */
  start(): void {
    this.#chat.connect()
  }

  stop(): void {
    this.#chat.close()
  }

  /** Its application ends and starts again, with what it has kept. */
  restart(): void {
    this.#chat.close()
    this.#tap = this.#newTap()
    this.#chat = this.#newChat()
    this.#chat.connect()
  }

  /** Its network breaks. */
  leave(how: Leave): void {
    this.#tap.socket?.leave(how)
  }

  /** Sends a heartbeat. @returns whether it was answered within `timeoutMs`, and not refused. */
  async ping(timeoutMs: number): Promise<boolean> {
    return (await this.#tap.socket?.ping(timeoutMs)) === true
  }

  /** Says something new. */
  say(target: Target, isAllowed: boolean, padding: number): void {
    this.#send(this.#options.ledger.say(this.owner.id, target, isAllowed, padding), 1)
  }

  /** Sends a file, by its address. */
  sayFile(target: Target, isAllowed: boolean, address: string, media: 2 | 3): void {
    this.#send(this.#options.ledger.sayThis(this.owner.id, target, isAllowed, address), media)
  }

  #send(sent: Sent, media: 1 | 2 | 3): void {
    this.#promises += 1
    this.#chat
      .send(fieldsOf(sent.to), sent.content, { media })
      .then(
        (message) => this.#note('promise', message),
        (error: ChatError) => this.#rejected(sent, error),
      )
      .finally(() => {
        this.#promises -= 1
      })
  }

  /** Says something new without an id, as GoChat's own pages do. */
  sayUnnamed(target: Target, padding: number): void {
    const { socket } = this.#tap
    if (!socket?.isOpen) return
    const { content } = this.#options.ledger.say(this.owner.id, target, true, padding)
    socket.send(JSON.stringify(messageTo(target, content, undefined)))
  }

  /** A message of this device that was answered is sent again, as after a crash: the answer must be the same. */
  repeat(by: Device): void {
    if (by.isOpen) by.#post(this.#outbox.take((id) => this.#options.ledger.isOver(id)))
  }

  /** Sends another message under an id that was used. */
  probe(): void {
    const { ledger, random } = this.#options
    const entry = this.isOpen ? this.#outbox.take((id) => ledger.isSettled(id)) : undefined
    if (entry) this.#post(ledger.probe(entry, random.chance(0.5)))
  }

  /** Marks a conversation as read. */
  read(target: Target, seq: number): void {
    noteMark(this.#read, target, seq)
    this.#chat.read(fieldsOf(target), seq)
  }

  /** Sends an old mark, as the library would not: it must not move anything back. */
  readOld(target: Target, seq: number): void {
    const { socket } = this.#tap
    if (socket?.isOpen) socket.send(JSON.stringify({ type: 6, ...fieldsOf(target), seq }))
  }

  /** How far its application has read, which the library sees to. */
  get marks(): ReadonlyMap<Target, number> {
    return this.#read
  }

  #post(entry: Entry | undefined): void {
    if (entry) void this.#outbox.add(entry).then(() => this.#chat.connect())
  }

  #newTap(): Tap {
    return new Tap({ ...this.#options, log: this.log, pace })
  }

  #newChat(): Chat {
    const { base, owner, heartbeatMs } = this.#options
    const { id, name, token } = owner
    const session = { url: base(), token, user_id: id, username: name, nickname: name }
    const heartbeat = Math.round((heartbeatMs * pace) / 1_000)
    const chat = new Chat({ session, heartbeat, outbox: this.#outbox, environment: this.#tap.environment })
    for (const [target, view] of this.views) chat.follow(fieldsOf(target), view.upTo())
    for (const [target, seq] of this.#read) chat.read(fieldsOf(target), seq)
    this.#listen(chat)
    return chat
  }

  #listen(chat: Chat): void {
    const { log } = this
    const offend = (what: string): void => void this.#options.recording.offences.push(`${log.name} ${what}`)
    chat.on('message', (message) => {
      if (chat !== this.#chat) offend('was given a message by a chat that it has closed')
      this.#note('event', message)
      this.views.get(targetOf(message))?.add(message.seq)
    })
    chat.on('receipt', (receipt) => this.#receipt(receipt))
    chat.on('ended', ({ reason }) => offend(`was told that its session is over: ${reason}`))
    chat.on('error', ({ message, reason, isRetryable }) => {
      if (!isRetryable && !expectedReasons.includes(reason)) offend(`was told of ${message}`)
    })
  }

  #receipt(receipt: Receipt): void {
    const { owner, log } = this
    const { from_id, seq } = receipt
    const target = targetOf(receipt)
    const isOfOther = !isGroup(target) && from_id !== owner.id
    if (isOfOther) noteMark(log.marksGiven, target, seq)
    const read = isGroup(target) ? groupTarget(idOf(target)) : isOfOther ? userTarget(owner.id) : target
    this.#options.recording.marksTold.push({ owner: from_id, target: read, seq })
  }

  #note(via: 'event' | 'promise', message: Message): void {
    note(this.log, via, message, { target: targetOf(message), from: message.from_id })
  }

  /** A promise may say no more than a frame did, except that its chat was closed. */
  #rejected({ content, answers }: Sent, { reason, message }: ChatError): void {
    const isSaid = answers.some((answer) => answer.kind === 'refused' && answer.reason === reason)
    if (reason === 'CLOSED' || isSaid) return
    this.#options.recording.offences.push(`${this.log.name}: a send of ${content.slice(0, 40)} failed: ${message}`)
  }
}
