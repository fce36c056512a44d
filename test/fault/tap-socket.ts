/** A socket under the library: writes down the frames of both directions, and breaks as networks do. */
import type { Socket as Stream } from 'node:net'
import { WebSocket } from 'ws'
import { type Frame, framesOf } from '../../infra/client/socket.ts'
import type { Socket } from '../../web/client/src/index.ts'
import { now } from './clock.ts'
import { brokenFrame, numberOf, wrongFrame } from './frame.ts'
import { note, noteMark, type TapOptions } from './notes.ts'
import type { Attempt, Sent } from './recording.ts'
import { groupTarget, isGroup, targetOf, userTarget } from './target.ts'

// Messages without an id are not acknowledged; a refusal comes within 3 s.
const refusalWithinMs = 4_000

export type Leave = 'close' | 'terminate' | 'cut' | 'nonsense'

export class TappedSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  readonly #options: TapOptions
  readonly #socket: WebSocket
  readonly #unanswered = new Set<Attempt>()
  readonly #unnamed: { sent: Sent; at: number }[] = []
  #stream: Stream | undefined
  #isLeaving = false
  #onTold: ((isRefused: boolean) => void)[] = []

  constructor(url: string, options: TapOptions) {
    this.#options = options
    const { isOld, owner, log, recording } = options
    const socket = new WebSocket(isOld ? withToken(url, owner.token) : url, { perMessageDeflate: false })
    this.#socket = socket
    socket.on('upgrade', ({ socket: stream }) => {
      this.#stream = stream
    })
    socket.on('open', () => {
      log.connects += 1
      this.onopen?.({} as never)
    })
    socket.on('message', (data) => this.#received(String(data)))
    // A close follows. A ticket that does not count says nothing of the session.
    socket.on('error', ({ message }) => {
      if (isOld && message.includes('401')) recording.offences.push(`an upgrade of ${log.name} was refused with 401`)
    })
    socket.on('close', () => {
      this.#lost()
      this.onclose?.({} as never)
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && !this.#isLeaving
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Frame
    if (frame.type === 2 || frame.type === 3) this.#left(frame)
    this.#socket.send(text)
  }

  /** The library lets go of it. */
  close(): void {
    this.#lost()
    this.#socket.close()
    setTimeout(() => this.#socket.terminate(), 2_000).unref()
  }

  /** Breaks: with or without a close frame, in the middle of a frame, or closed by the server for invalid UTF-8. */
  leave(how: Leave): void {
    if (how === 'close') this.#socket.close()
    else if (how === 'terminate') this.#socket.terminate()
    else if (this.isOpen) {
      this.#isLeaving = true
      const stream = this.#stream
      const half = brokenFrame('{"type":2,"target_id":1,"content":"half a')
      stream?.write(how === 'cut' ? half : wrongFrame(), () => {
        if (how === 'cut') stream.destroy()
      })
    }
  }

  /** Sends a heartbeat. @returns whether it was answered within `timeoutMs`, and not refused. */
  async ping(timeoutMs: number): Promise<boolean> {
    if (!this.isOpen) return false
    this.send('{"type":0,"ping":1}')
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs)
      this.#onTold.push((isRefused) => {
        clearTimeout(timer)
        resolve(!isRefused)
      })
    })
  }

  #left(frame: Frame): void {
    const { ledger, log } = this.#options
    const { sent, attempt } = ledger.left(frame, log.name) ?? {}
    if (!sent || !attempt) return
    if (frame.client_msg_id !== undefined) this.#unanswered.add(attempt)
    else this.#unnamed.push({ sent, at: attempt.at })
  }

  #received(text: string): void {
    const { log, recording } = this.#options
    const frames = framesOf(text)
    if (!frames) recording.offences.push(`${log.name} received what is no frame: ${text.slice(0, 100)}`)
    for (const frame of frames ?? []) this.#heard(frame)
    this.onmessage?.({ data: text } as never)
  }

  #heard(frame: Frame): void {
    const { log, owner } = this.#options
    const { type } = frame
    if (type === 2 || type === 3) {
      const [from, targetId] = [numberOf(frame, 'from_id'), numberOf(frame, 'target_id')]
      const target = type === 3 ? groupTarget(targetId) : userTarget(from === owner.id ? targetId : from)
      note(log, 'push', frame, { target, from })
    } else if (type === 5 || type === 9) this.#answered(frame)
    else if (type === 6) this.#told(frame)
    // The gateway's own error names no message: it may be that of any.
    else if (type === undefined) this.#lost()
    if (type === 0 || frame.event === 'resync' || type === 9)
      for (const told of this.#onTold.splice(0)) told(type === 9)
  }

  #answered(frame: Frame): void {
    const { ledger, log, owner } = this.#options
    if (frame.client_msg_id === undefined) {
      this.#doubt()
      return
    }
    const sent = ledger.answered(owner.id, frame)
    if (sent) note(log, 'answer', frame, { target: targetOf(frame), from: owner.id, content: sent.content })
  }

  #told(frame: Frame): void {
    const { log, owner, recording } = this.#options
    const [reader, target, seq] = [numberOf(frame, 'from_id'), targetOf(frame), numberOf(frame, 'seq')]
    recording.marksTold.push({ owner: reader, target, seq })
    if (!isGroup(target) && reader !== owner.id) noteMark(log.marksTold, userTarget(reader), seq)
  }

  /** The connection is over, or what became of its messages is unknown. */
  #lost(): void {
    for (const attempt of this.#unanswered) if (attempt.answeredAt === undefined) attempt.isCut = true
    this.#unanswered.clear()
    this.#doubt()
  }

  /** What was sent without an id a short while ago may have been refused. */
  #doubt(): void {
    for (const { sent, at } of this.#unnamed.splice(0)) if (now() - at <= refusalWithinMs) sent.isUncertain = true
  }
}

function withToken(url: string, token: string): URL {
  const address = new URL(url)
  for (const name of ['ticket', 'frames']) address.searchParams.delete(name)
  address.searchParams.set('token', token)
  return address
}
