/** What people said and what they were answered, by the frames that left and those that came: one for all of a run. */
import type { Frame } from '../../infra/client/socket.ts'
import type { Entry } from '../../web/client/src/index.ts'
import { now } from './clock.ts'
import { numberOf, textOf } from './frame.ts'
import type { Answer, Attempt, Probe, Recording, Sent } from './recording.ts'
import { fieldsOf, type Target, targetOf, targetOfMessage, twinOf } from './target.ts'

export class Ledger {
  readonly #recording: Recording
  readonly #label: string
  readonly #byPlace = new Map<string, Sent>()
  /** By the ids of their clients. */
  readonly #byId = new Map<string, Sent>()
  readonly #probes = new Map<string, Probe>()
  #count = 0

  /** The label makes the contents unique to this run. */
  constructor(recording: Recording, label: string) {
    this.#recording = recording
    this.#label = label
  }

  /** Something that nobody has said before. */
  say(from: number, to: Target, isAllowed: boolean, padding: number): Sent {
    return this.sayThis(from, to, isAllowed, `${this.#nextNumber()} ${'x'.repeat(padding)}`)
  }

  /** The same with a content that nobody has sent before. */
  sayThis(from: number, to: Target, isAllowed: boolean, content: string): Sent {
    const sent: Sent = { content, from, to, attempts: [], answers: [], isAllowed }
    this.#recording.sent.push(sent)
    this.#byPlace.set(placeOf(to, content), sent)
    return sent
  }

  /** Another message under the id of one that is stored: another text, or the same text to the twin of the target. */
  probe(entry: Entry, isText: boolean): Entry {
    const from = this.#byId.get(entry.client_msg_id)?.from ?? 0
    const original = targetOf(entry)
    const [to, content] = isText ? [original, this.#nextNumber()] : [twinOf(original), entry.content]
    const probe: Probe = { content, from, to, answers: [] }
    this.#probes.set(entry.client_msg_id, probe)
    this.#recording.probes.push(probe)
    return { ...entry, content, chat_type: 2, ...fieldsOf(to) }
  }

  /** A message waits in an outbox: from now on its id is known. */
  kept(entry: Entry): void {
    const sent = this.#byPlace.get(placeOf(targetOf(entry), entry.content))
    if (!sent) return
    sent.clientMessageId = entry.client_msg_id
    this.#byId.set(entry.client_msg_id, sent)
  }

  /** A frame with a message has left; those of probes do not count. */
  left(frame: Frame, device: string): { sent: Sent; attempt: Attempt } | undefined {
    const sent = this.#byPlace.get(placeOf(targetOfMessage(frame), textOf(frame, 'content')))
    if (!sent) return undefined
    const attempt: Attempt = { at: now(), device }
    sent.attempts.push(attempt)
    return { sent, attempt }
  }

  /** An answer has come to its owner. @returns what it says is stored. */
  answered(owner: number, frame: Frame): Sent | undefined {
    const id = textOf(frame, 'client_msg_id')
    const sent = this.#byId.get(id)
    if (sent?.from !== owner) {
      this.#recording.offences.push(`${owner} was answered what somebody else asked, or nobody: ${id}`)
      return undefined
    }
    const answer = answerOf(frame)
    const probe = this.#probes.get(id)
    // A redelivered batch repeats the answer to the original, without `duplicate`.
    const isRepeated = answer.kind === 'stored' && !answer.isDuplicate
    if (probe && !isRepeated) {
      probe.answers.push(answer)
      return undefined
    }
    sent.answers.push(answer)
    const last = sent.attempts.at(-1)
    if (!probe && last && last.answeredAt === undefined) {
      last.answeredAt = answer.at
      last.isRefused = answer.kind === 'refused' && answer.isRetryable
    }
    return answer.kind === 'stored' ? sent : undefined
  }

  /** It is stored, and its last attempt has its answer, or will have none: it may be sent again. */
  isOver(id: string): boolean {
    const last = this.#byId.get(id)?.attempts.at(-1)
    return this.#isStored(id) && (last?.answeredAt !== undefined || last?.isCut === true)
  }

  /** It is stored and was sent once: a later answer with `duplicate` is that to a probe. */
  isSettled(id: string): boolean {
    const { attempts = [], answers = [] } = this.#byId.get(id) ?? {}
    return this.#isStored(id) && attempts.length === 1 && answers.length === 1
  }

  #isStored(id: string): boolean {
    return !this.#probes.has(id) && this.#byId.get(id)?.answers.some(({ kind }) => kind === 'stored') === true
  }

  #nextNumber(): string {
    this.#count += 1
    return `${this.#label}-${this.#count}`
  }
}

const placeOf = (target: Target, content: string): string => `${target} ${content}`

function answerOf(frame: Frame): Answer {
  const at = now()
  if (frame.type === 5) {
    const [id, seq, createdAt] = [numberOf(frame, 'id'), numberOf(frame, 'seq'), numberOf(frame, 'created_at')]
    return { at, kind: 'stored', id, seq, createdAt, isDuplicate: frame.duplicate === true }
  }
  return { at, kind: 'refused', reason: textOf(frame, 'reason'), isRetryable: frame.retryable === true }
}
