/** The load: people write at a given rate, and disconnect, read and mark at random, until they rest. */
import type { Device } from './device.ts'
import type { Person } from './people.ts'
import { markByCall, markByFrame, type Reading, readList } from './reading.ts'
import type { Sender } from './sender.ts'

export interface Talk {
  begin(): void
  /** Stops new messages. */
  rest(): void
  stop(): void
}

interface TalkOptions extends Reading {
  people: readonly Person[]
  devices: readonly Device[]
  senders: readonly Sender[]
  /** New messages a second, as long as there is somebody who may send. */
  perSecond: number
  /** How many of the messages carry no id of their client, from 0 to 1. */
  unnamedShare: number
}

const tickMs = 20

export function createTalk(options: TalkOptions): Talk {
  const { random, perSecond, unnamedShare } = options
  const senders = options.senders.filter(({ isAllowed }) => isAllowed)
  const strangers = options.senders.filter(({ isAllowed }) => !isAllowed)
  let begunAt: number | undefined
  let issued = 0

  function write(now: number, since: number): void {
    const due = Math.min(((now - since) * perSecond) / 1000, issued + perSecond / 5)
    for (; issued < due; issued++) {
      const sender = random.pick(senders.filter(({ isReady }) => isReady))
      if (!sender) break
      sender.say(!random.chance(unnamedShare), paddingBy(options))
      if (random.chance(0.03)) sender.repeat()
      if (random.chance(0.02)) sender.probe()
      if (random.chance(0.03)) random.pick(strangers.filter(({ isReady }) => isReady))?.say(true, 0)
    }
    // Messages that nobody could send in time are not made up for in a burst.
    if (issued < due - perSecond) begunAt = now - (issued * 1000) / perSecond
  }

  const ticks = setInterval(() => {
    if (begunAt === undefined) return
    write(Date.now(), begunAt)
    leaveOrRead(options)
  }, tickMs)
  return {
    begin() {
      begunAt = Date.now()
      issued = 0
    },
    rest() {
      begunAt = undefined
    },
    stop: () => clearInterval(ticks),
  }
}

/** Most texts are short, a few are long. */
const paddingBy = ({ random }: TalkOptions): number =>
  random.chance(0.02) ? random.between(1_000, 8_000) : random.between(0, 60)

function leaveOrRead(options: TalkOptions): void {
  const { random, people, devices } = options
  const device = random.pick(devices)
  const person = random.pick(people)
  if (!device || !person) return
  /** True once in so many milliseconds, on average. */
  const isTime = (everyMs: number): boolean => random.chance(tickMs / everyMs)
  if (isTime(1_500)) device.leave(random.pick(['close', 'terminate', 'cut']) ?? 'close')
  if (isTime(150)) markByFrame(options, device)
  if (isTime(300)) void markByCall(options, device)
  if (isTime(500)) void readList(options, person)
}
