/** The chat of scripts: lines in, lines out, and an exit code. */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import { ChatError, type Message, type Target } from '../client/src/index.ts'
import type { ChatOptions } from './options.ts'
import { printable } from './printable.ts'
import type { Talk } from './talk.ts'

// Of what is read ahead: the library keeps each one until it is stored.
const mostUnanswered = 100
const answerMs = 60_000

const lineSchema = z.object({
  to: z.optional(z.string()),
  content: z.string(),
  media: z.optional(z.literal([1, 2, 3])),
})

interface Line extends z.infer<typeof lineSchema> {
  /** Counted from 1. */
  number: number
}

/** Sends what it reads, and prints what comes. @returns the exit code. */
export async function runScript(talk: Talk, options: ChatOptions): Promise<number> {
  const script = new Script(talk, options)
  script.listen()
  talk.chat.connect()
  await script.showHistory()
  await script.sendAll()
  await script.stay()
  return script.exitCode
}

class Script {
  exitCode = 0
  readonly #talk: Talk
  readonly #options: ChatOptions
  readonly #ended = new AbortController()

  constructor(talk: Talk, options: ChatOptions) {
    this.#talk = talk
    this.#options = options
  }

  listen(): void {
    const { chat } = this.#talk
    const name = (target: Target) => this.#talk.nameOfTarget(target)
    // What has been read is still sent.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => this.#ended.abort())
    chat.on('open', () => this.#tell('open'))
    chat.on('lost', () => this.#tell('lost'))
    chat.on('message', (message) => this.#show(message))
    chat.on('typing', (typing) => this.#tell('typing', { with: name(typing), typing: typing.typing }))
    chat.on('receipt', (receipt) => this.#tell('receipt', { with: name(receipt), seq: receipt.seq }))
    chat.on('presence', ({ user_id, online }) => this.#tell('presence', { name: this.#talk.nameOf(user_id), online }))
    chat.on('friend', ({ event, user_id }) => {
      void this.#talk.refresh().catch(() => {})
      this.#tell(event, { user_id })
    })
    chat.on('ended', ({ reason }) => {
      this.#tell('ended', { reason })
      this.exitCode = 3
      this.#ended.abort()
    })
  }

  async showHistory(): Promise<void> {
    const { to, history = 0 } = this.#options
    await this.#talk.refresh()
    if (!to || history === 0) return
    const friend = await this.#talk.friendNamed(to)
    if (friend) for (const message of await this.#talk.page({ target_id: friend.id }, history)) this.#show(message)
  }

  async sendAll(): Promise<void> {
    const unanswered = new Set<Promise<void>>()
    let number = 0
    for await (const text of createInterface({ input: process.stdin, signal: this.#ended.signal })) {
      number += 1
      if (text.trim() === '') continue
      const sent = this.#send(this.#read(text, number), number).finally(() => unanswered.delete(sent))
      unanswered.add(sent)
      if (unanswered.size >= mostUnanswered) await Promise.race(unanswered)
    }
    await Promise.all(unanswered)
  }

  /** Until the time to wait is over, the session ends, or somebody presses Ctrl-C. */
  async stay(): Promise<void> {
    const { signal } = this.#ended
    // A timer holds at most 24 days.
    const ms = Math.min(this.#options.wait * 1_000, 2 ** 31 - 1)
    if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {})
  }

  #read(text: string, number: number): Line | undefined {
    if (!this.#options.isJson) return { number, content: text }
    try {
      return { number, ...lineSchema.parse(JSON.parse(text)) }
    } catch {
      return undefined
    }
  }

  async #send(line: Line | undefined, number: number): Promise<void> {
    const to = line?.to ?? this.#options.to
    const friend = to === undefined ? undefined : await this.#talk.friendNamed(to)
    if (!line || to === undefined) return this.#refuse({ line: number, reason: 'INVALID_INPUT' })
    if (!friend) return this.#refuse({ line: number, to, reason: 'NOT_FRIENDS' })
    try {
      const answer = this.#talk.chat.send({ target_id: friend.id }, line.content, { media: line.media ?? 1 })
      const { id, seq } = await within(answer, answerMs)
      this.#tell('stored', { line: number, to, id, seq })
    } catch (error) {
      if (error instanceof ChatError && error.reason === 'UNREACHABLE') this.exitCode ||= 4
      this.#refuse({ line: number, to, reason: error instanceof ChatError ? error.reason : String(error) })
    }
  }

  #refuse(what: object): void {
    this.exitCode ||= 1
    this.#tell('refused', what)
  }

  #show({ seq, id, from_id, content, media, created_at, change, ...target }: Message): void {
    const from = this.#talk.nameOf(from_id)
    const about = { with: this.#talk.nameOfTarget(target), from, seq, id, content, media, created_at }
    if (this.#options.isJson) this.#tell('message', { ...about, ...(change && { change }) })
    else if (from_id !== this.#talk.session.user_id)
      console.log(`${from}: ${process.stdout.isTTY ? printable(content) : content}`)
  }

  /** A line of JSON; of plain scripts only what was refused is worth one. */
  #tell(event: string, what: object = {}): void {
    if (this.#options.isJson) console.log(JSON.stringify({ event, ...what }))
    else if (event === 'refused') console.error(JSON.stringify({ event, ...what }))
  }
}

/** @throws ChatError UNREACHABLE - when there is no answer in time; the message is not taken back. */
async function within<Result>(answer: Promise<Result>, ms: number): Promise<Result> {
  const stop = new AbortController()
  try {
    const late = sleep(ms, undefined, { signal: stop.signal }).then(() => {
      throw new ChatError('UNREACHABLE', { isRetryable: true })
    })
    return await Promise.race([answer, late])
  } finally {
    stop.abort()
  }
}
