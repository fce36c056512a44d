/** People who talk, to friends and in groups, each on a few devices. */
import { inParallel } from '../../lib/core/in-parallel.ts'
import { createCrowd } from './crowd.ts'
import { Device } from './device.ts'
import { createFiles } from './files.ts'
import type { Finding } from './finding.ts'
import { becomeIdle, startAgain } from './idle.ts'
import { Ledger } from './ledger.ts'
import { gather, membersOf, type Person } from './people.ts'
import type { Random } from './random.ts'
import { readLastList } from './reading.ts'
import { emptyRecording, type Recording } from './recording.ts'
import { createTalk, type Speaker } from './talk.ts'
import type { Target } from './target.ts'
import { until } from './until.ts'

export interface WorkloadOptions {
  base: () => string
  mysqlUrl: string
  random: Random
  /** How many; at least 6. */
  people: number
  /** New messages a second, as long as there is somebody who may send. */
  perSecond: number
  /** A prefix that makes the contents unique to this run. */
  label: string
  /** How many of the messages carry no id of their client, from 0 to 1. */
  unnamedShare?: number | undefined
  /** One of so many messages brings a file; 0 for none. 50 by default. */
  messagesPerFile?: number | undefined
  /** Between two heartbeats of a device; 12 s by default, to notice a lost connection soon. */
  heartbeatMs?: number | undefined
}

const crowdWithinMs = 45_000

export interface Caller {
  owner: Person
  device: Device
  /** Where it may write. */
  target: Target
}

export interface Workload {
  readonly recording: Recording
  readonly people: readonly Person[]
  /** Messages so far, without resends. */
  count(): number
  connects(): number
  /** Disconnects an open device in this way; false when none is open. */
  leaveOne(how: 'cut' | 'nonsense'): boolean
  begin(): void
  /** Stops new messages; unanswered ones are still sent again. */
  rest(): void
  /** Rests, and waits until everything is answered. */
  quiet(timeoutMs: number): Promise<void>
  /** A person who is there, with a device, and with a friend or group. */
  pick(): Caller | undefined
  /** Edits, recalls and reactions that were acknowledged. */
  changes(): number
  /** What was found of those who come to a group and go. */
  crowdFindings(): Promise<Finding[]>
  /** Everybody asks for every file, who may as who may not. @returns how often one came. */
  fetchFiles(timeoutMs: number): Promise<number>
  /** Waits until everything is answered and every device is idle, then starts all devices again and reads all lists. */
  settle(timeoutMs: number): Promise<void>
  stop(): void
}

/** Signs people up, brings them together, and connects their devices. */
export async function createWorkload(options: WorkloadOptions): Promise<Workload> {
  const { base, mysqlUrl, random, perSecond, unnamedShare = 0.05, messagesPerFile = 50 } = options
  const people = await gather(base(), mysqlUrl, options.people)
  const recording: Recording = { ...emptyRecording(), conversations: membersOf(people) }
  const ledger = new Ledger(recording, options.label)
  const equipped = people.map((person) => equip(person, { ...options, recording, ledger }))
  const devices = equipped.flatMap((one) => one.devices)
  const speakers = equipped.flatMap((one) => one.speakers)
  const reading = { base, random, recording }
  const crowd = await createCrowd({ base, mysqlUrl, random: random.fork(), label: options.label })
  const files = createFiles({ ...reading, people, random: random.fork() })
  const talk = createTalk({ ...reading, people, devices, speakers, files, messagesPerFile, perSecond, unnamedShare })

  function rest(): void {
    talk.rest()
    crowd.rest()
  }

  async function quiet(timeoutMs: number): Promise<void> {
    rest()
    await until(() => !files.isBusy && devices.every((device) => device.waiting() === 0), timeoutMs)
  }

  for (const device of devices) device.start()
  return {
    recording,
    people,
    count: () => recording.sent.length,
    connects: () => devices.reduce((sum, device) => sum + device.log.connects, 0),
    leaveOne(how) {
      const device = random.pick(devices.filter(({ isOpen }) => isOpen))
      device?.leave(how)
      return device !== undefined
    },
    begin() {
      talk.begin()
      crowd.begin()
    },
    rest,
    fetchFiles: (timeoutMs) => files.fetchAll(timeoutMs),
    changes: () => crowd.changes(),
    crowdFindings: () => crowd.findings(crowdWithinMs),
    quiet,
    pick() {
      const there = equipped.filter(({ devices }) => devices.some(({ isOpen }) => isOpen))
      const { owner, devices } = random.pick(there) ?? {}
      const device = devices?.find(({ isOpen }) => isOpen)
      const [target] = owner?.targets ?? []
      return owner && device && target && { owner, device, target }
    },
    async settle(timeoutMs) {
      await quiet(timeoutMs)
      await becomeIdle(devices, recording)
      for (const { log, promises } of devices.filter((device) => device.waiting() === 0)) {
        if (promises > 0) recording.offences.push(`${log.name} was answered all, and waits for ${promises} promises`)
      }
      await startAgain(devices)
      noteLast(devices, recording)
      await inParallel(people, 4, (person) => readLastList(reading, person))
    },
    stop() {
      talk.stop()
      crowd.stop()
      for (const device of devices) device.stop()
    },
  }
}

/** What the library is to have seen to at the end: marks that were read, and messages that wait. */
function noteLast(devices: readonly Device[], { marked, offences }: Recording): void {
  for (const device of devices) {
    for (const [target, seq] of device.marks) marked.push({ owner: device.owner.id, target, seq })
    if (device.waiting() > 0) offences.push(`${device.log.name} still has ${device.waiting()} messages to send`)
  }
}

/** The devices of one person, and all that they may say, or may not. */
function equip(
  owner: Person,
  options: WorkloadOptions & { recording: Recording; ledger: Ledger },
): { owner: Person; devices: Device[]; speakers: Speaker[] } {
  const { base, random, recording, ledger, heartbeatMs = 12_000 } = options
  const devices = Array.from({ length: random.between(1, 3) }, (_, index) => {
    const name = `${owner.name}/${index + 1}`
    const isOld = random.chance(0.5)
    const given = { base, owner, targets: owner.targets, name, isOld, heartbeatMs, recording, ledger }
    return new Device({ ...given, random: random.fork() })
  })
  const speakers = devices.flatMap((device) => [
    ...owner.targets.map((target): Speaker => {
      const window = random.chance(0.3) ? random.between(2, 5) : 1
      return { device, devices, target, isAllowed: true, window }
    }),
    ...owner.closed.map((target): Speaker => ({ device, devices, target, isAllowed: false, window: 1 })),
  ])
  return { owner, devices, speakers }
}
