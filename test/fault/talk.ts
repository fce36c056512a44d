/** The load: people write at a given rate, and disconnect, start again, read and mark at random, until they rest. */
import type { Device } from './device.ts'
import type { Files } from './files.ts'
import type { Person } from './people.ts'
import { markByCall, markByFrame, type Reading, readList } from './reading.ts'
import type { Target } from './target.ts'

export interface Talk {
  begin(): void
  /** Stops new messages. */
  rest(): void
  stop(): void
}

/** A device that writes to a friend or in a group; or to whom its owner may not. */
export interface Speaker {
  device: Device
  /** All of its owner. */
  devices: readonly Device[]
  target: Target
  isAllowed: boolean
  /** How many may be unanswered at a time. */
  window: number
}

interface TalkOptions extends Reading {
  people: readonly Person[]
  devices: readonly Device[]
  speakers: readonly Speaker[]
  files: Files
  /** One of so many messages brings a file; 0 for none. */
  messagesPerFile: number
  /** New messages a second, as long as there is somebody who may send. */
  perSecond: number
  /** How many of the messages carry no id of their client, from 0 to 1. */
  unnamedShare: number
}

const tickMs = 20

export function createTalk(options: TalkOptions): Talk {
  const { random, perSecond, files, messagesPerFile } = options
  const speakers = options.speakers.filter(({ isAllowed }) => isAllowed)
  const strangers = options.speakers.filter(({ isAllowed }) => !isAllowed)
  let begunAt: number | undefined
  let issued = 0
  let spoken = 0

  function write(now: number, since: number): void {
    const due = Math.min(((now - since) * perSecond) / 1000, issued + perSecond / 5)
    while (issued < due) {
      const speaker = random.pick(speakers.filter(isReady))
      if (!speaker) break
      issued += speak(options, speaker)
      if (messagesPerFile > 0 && ++spoken % messagesPerFile === 0) {
        files.share(speaker, random.pick(strangers.filter(isReady)))
        files.look(speakers)
      }
      if (random.chance(0.03)) speaker.device.repeat(random.pick(speaker.devices) ?? speaker.device)
      if (random.chance(0.04)) speaker.device.probe()
      const stranger = random.chance(0.03) ? random.pick(strangers.filter(isReady)) : undefined
      stranger?.device.say(stranger.target, false, 0)
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

// Without a connection, too: then it waits in the outbox.
const isReady = ({ device, target, window }: Speaker): boolean => device.waiting(target) < window

/** Those without an id go out at once, several on their way together. @returns how many messages it was. */
function speak(options: TalkOptions, { device, target }: Speaker): number {
  const { random, unnamedShare } = options
  const together = random.between(1, 3)
  if (!device.isOpen || !random.chance(unnamedShare / 2)) {
    device.say(target, true, paddingBy(options))
    return 1
  }
  for (let count = 0; count < together; count++) device.sayUnnamed(target, paddingBy(options))
  return together
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
  if (isTime(1_500)) device.restart()
  if (isTime(150)) markByFrame(options, device)
  if (isTime(300)) void markByCall(options, device)
  if (isTime(500)) void readList(options, person)
}
