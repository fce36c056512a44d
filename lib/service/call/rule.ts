/**
 * The rules of calls: what a frame of a call does to it, and who is told.
 *
 * A call rings for 45 s at every device of one friend; a user is in one at a time. Where both call each other at once, the first in
 * the order of their conversation is the call, and the other one finds its caller busy.
 */
import type { Clients } from '../../client/clients.ts'
import { inParallel } from '../../core/in-parallel.ts'
import * as log from '../../core/log.ts'
import { isOutage } from '../../core/outage.ts'
import type { Reason } from '../../core/refusal.ts'
import { FrameType } from '../../wire/frame.ts'
import type { CallRecord, MessageRecord } from '../../wire/record.ts'
import type { CallFrame, EventFrame } from '../../wire/server-frame.ts'
import type { Push } from '../connection/delivery.ts'
import { secondsOf } from '../conversation/message-frame.ts'
import { noticeOf } from './notice.ts'
import { type CallState, type Ending, find, move, ringMs, take, talkMs } from './state.ts'

/** A frame that belongs to a call. */
export type NamedRecord = CallRecord & Required<Pick<CallRecord, 'call_id' | 'action'>>

/** What follows from the frames of calls. */
export interface Told {
  pushes: Push[]
  refused: { record: NamedRecord; reason: Reason }[]
  /** For the connection that the record came from. */
  answers: { record: NamedRecord; frame: EventFrame }[]
  /** The messages that tell of calls that are over. They may have been stored before. */
  notices: MessageRecord[]
}

// What is older is not passed on: nobody waits for it any more. An end still ends the call.
const callMs = 30_000
const conversationsAtOnce = 16

export const isNamed = (record: CallRecord): record is NamedRecord =>
  record.call_id !== undefined && record.action !== undefined

/** What a client has sent, as its friend is sent it; undefined if it is too old. */
export function relayOf(record: CallRecord, now: number): CallFrame | undefined {
  const { from_id, content, call_id, action, requested_at } = record
  if (requested_at < now - callMs) return undefined
  const named = call_id !== undefined && action !== undefined ? { call_id, action } : {}
  const times = { send_time: secondsOf(requested_at), created_at: requested_at }
  return { type: FrameType.call, from_id, content, ...named, ...times }
}

/**
 * Applies frames of calls between friends in their order. Frames of several pairs are applied at once. It never throws: a frame that
 * cannot be applied is refused with `UNAVAILABLE` or `FAULT`.
 *
 * It may be called again with the same records: then it tells the same.
 */
export async function apply(
  clients: Pick<Clients, 'redis'>,
  records: readonly NamedRecord[],
  now: number,
): Promise<Told> {
  const byPair = Map.groupBy(records, ({ from_id, target_id }) => [from_id, target_id].sort().join(' '))
  const told = await inParallel(byPair.values(), conversationsAtOnce, async (own) => {
    const call = new Telling(clients, now)
    for (const record of own) await call.apply(record)
    return call.told
  })
  return {
    pushes: told.flatMap(({ pushes }) => pushes),
    refused: told.flatMap(({ refused }) => refused),
    answers: told.flatMap(({ answers }) => answers),
    notices: told.flatMap(({ notices }) => notices),
  }
}

class Telling {
  readonly told: Told = { pushes: [], refused: [], answers: [], notices: [] }
  readonly #clients: Pick<Clients, 'redis'>
  readonly #now: number

  constructor(clients: Pick<Clients, 'redis'>, now: number) {
    this.#clients = clients
    this.#now = now
  }

  async apply(record: NamedRecord): Promise<void> {
    try {
      const reason = record.action === 'invite' ? await this.#invite(record) : await this.#goOn(record)
      if (reason) this.told.refused.push({ record, reason })
    } catch (error) {
      // Nobody waits for it longer than for anything else of its batch.
      log.error('call not applied', error, { record_id: record.record_id })
      this.told.refused.push({ record, reason: isOutage(error) ? 'UNAVAILABLE' : 'FAULT' })
    }
  }

  async #invite(record: NamedRecord): Promise<Reason | undefined> {
    const { call_id: id, from_id: caller, target_id: callee, origin, requested_at } = record
    const frame = relayOf(record, this.#now)
    if (!frame) return undefined
    const call: CallState = {
      ...{ id, caller, callee, language: origin.language },
      ...{ state: 'ringing', until: requested_at + ringMs },
    }
    const own = await take(this.#clients, caller, call, this.#now)
    if (own === 'busy') {
      this.#sayBusy(record)
      return undefined
    }
    if (own === 'over' || own === 'talking') return await this.#goOn(record)
    if ((await take(this.#clients, callee, call, this.#now)) === 'busy') {
      await this.#end(record, call, 'busy')
      return undefined
    }
    this.told.pushes.push({ userIds: [callee], frame })
    return undefined
  }

  async #goOn(record: NamedRecord): Promise<Reason | undefined> {
    const { call_id, from_id, target_id, action, record_id } = record
    const call = await find(this.#clients, from_id, call_id)
    const isCaller = call?.caller === from_id
    if (!call || (isCaller ? call.callee : call.caller) !== target_id) return 'CALL_NOT_FOUND'
    if (call.state === 'over') {
      // The same record once more: whoever was told of it may have missed it. Of all others the call has taken leave.
      if (call.endedBy === record_id) this.#tellEnd(record, call)
      else if (action === 'accept' || action === 'invite') return 'CALL_NOT_FOUND'
      return undefined
    }
    if (action === 'invite') return undefined
    if (action === 'candidate') return await this.#pass(record, call)
    if (action === 'accept') return isCaller ? 'CALL_NOT_FOUND' : await this.#accept(record, call)
    await this.#end(record, call, endingOf(record, call))
    return undefined
  }

  async #pass(record: NamedRecord, call: CallState): Promise<undefined> {
    if (call.state === 'talking') await move(this.#clients, call, { until: this.#now + talkMs })
    this.#relay(record)
  }

  async #accept(record: NamedRecord, call: CallState): Promise<Reason | undefined> {
    const { connection_id: device } = record.origin
    if (call.until <= this.#now || !relayOf(record, this.#now)) return 'CALL_NOT_FOUND'
    if (call.state === 'talking' && call.device !== device) {
      this.told.answers.push({ record, frame: answeredElsewhere(call) })
      return undefined
    }
    const accepted = { acceptedAt: call.acceptedAt ?? this.#now, device, until: this.#now + talkMs }
    await move(this.#clients, call, { state: 'talking', ...accepted })
    this.#relay(record)
    this.told.pushes.push({ userIds: [call.callee], except: device, frame: answeredElsewhere(call) })
    return undefined
  }

  async #end(record: NamedRecord, call: CallState, ending: Ending): Promise<void> {
    const seconds =
      ending === 'ended' ? Math.max(0, Math.round((this.#now - (call.acceptedAt ?? this.#now)) / 1000)) : 0
    const over = { state: 'over', ending, seconds, endedBy: record.record_id } as const
    await move(this.#clients, call, over)
    this.#tellEnd(record, { ...call, ...over })
  }

  #tellEnd(record: NamedRecord, call: CallState): void {
    if (record.action === 'invite') this.#sayBusy(record)
    else {
      this.#relay(record)
      if (record.from_id === call.callee && call.acceptedAt === undefined) {
        const except = record.origin.connection_id
        this.told.pushes.push({ userIds: [call.callee], except, frame: answeredElsewhere(call) })
      }
    }
    this.told.notices.push(noticeOf(call, this.#now))
  }

  #relay(record: NamedRecord): void {
    const frame = relayOf(record, this.#now)
    if (frame) this.told.pushes.push({ userIds: [record.target_id], frame })
  }

  /** To all devices of the caller, in the order of what else they are told. */
  #sayBusy({ call_id, from_id, target_id }: NamedRecord): void {
    const times = { send_time: secondsOf(this.#now), created_at: this.#now }
    const frame: CallFrame = {
      type: FrameType.call,
      from_id: target_id,
      content: '{}',
      call_id,
      action: 'busy',
      ...times,
    }
    this.told.pushes.push({ userIds: [from_id], frame })
  }
}

/** How a frame that is none of the others ends a call. Whoever does not want to talk any more says one thing or another. */
function endingOf({ from_id, action }: NamedRecord, call: CallState): Ending {
  if (call.state === 'talking') return 'ended'
  if (from_id === call.caller) return 'missed'
  return action === 'busy' ? 'busy' : 'declined'
}

const answeredElsewhere = ({ id, caller }: CallState): EventFrame => ({
  type: FrameType.event,
  event: 'answered_elsewhere',
  user_id: caller,
  call_id: id,
})
