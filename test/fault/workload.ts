/** People who talk, to friends and in groups, each on a few devices. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { Device } from './device.ts'
import { becomeIdle } from './idle.ts'
import { gather, membersOf, type Person } from './people.ts'
import type { Random } from './random.ts'
import { readLastList } from './reading.ts'
import { emptyRecording, type Recording } from './recording.ts'
import { Sender } from './sender.ts'
import { createTalk } from './talk.ts'
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
  /** Between two heartbeats of a device; 4 s by default, to notice a lost connection soon. */
  heartbeatMs?: number | undefined
}

export interface Caller {
  owner: Person
  device: Device
  sender: Sender
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
  /** A person who is there, with a device, and with a sender to a friend or group. */
  pick(): Caller | undefined
  /** Waits until everything is answered and every device is idle, then syncs all devices and reads all lists. */
  settle(timeoutMs: number): Promise<void>
  stop(): void
}

/** Signs people up, brings them together, and connects their devices. */
export async function createWorkload(options: WorkloadOptions): Promise<Workload> {
  const { base, mysqlUrl, random, perSecond, unnamedShare = 0.05 } = options
  const people = await gather(base(), mysqlUrl, options.people)
  const recording: Recording = { ...emptyRecording(), conversations: membersOf(people) }
  const nextNumber = (): string => `${options.label}-${recording.sent.length + recording.probes.length + 1}`
  const equipped = people.map((person) => equip(person, { ...options, recording, nextNumber }))
  const devices = equipped.flatMap((one) => one.devices)
  const senders = equipped.flatMap((one) => one.senders)
  const reading = { base, random, recording }
  const talk = createTalk({ ...reading, people, devices, senders, perSecond, unnamedShare })

  async function quiet(timeoutMs: number): Promise<void> {
    talk.rest()
    await until(() => senders.every(({ unanswered }) => unanswered === 0), timeoutMs)
  }

  for (const device of devices) device.start()
  return {
    recording,
    people,
    count: () => recording.sent.length,
    connects: () => devices.reduce((sum, device) => sum + device.connects, 0),
    leaveOne(how) {
      const device = random.pick(devices.filter(({ isOpen }) => isOpen))
      device?.leave(how)
      return device !== undefined
    },
    begin: talk.begin,
    rest: talk.rest,
    quiet,
    pick() {
      const there = equipped.filter(({ devices }) => devices.some(({ isOpen }) => isOpen))
      const { owner, devices, senders } = random.pick(there) ?? {}
      const device = devices?.find(({ isOpen }) => isOpen)
      const sender = senders?.find(({ isAllowed }) => isAllowed)
      return owner && device && sender && { owner, device, sender }
    },
    async settle(timeoutMs) {
      await quiet(timeoutMs)
      await becomeIdle(devices, recording)
      await Promise.all(devices.map((device) => Promise.race([device.sync(), sleep(15_000)])))
      await inParallel(people, 4, (person) => readLastList(reading, person))
    },
    stop() {
      talk.stop()
      for (const sender of senders) sender.stop()
      for (const device of devices) device.stop()
    },
  }
}

/** The devices of one person, and a sender for each target. Each answer goes to the sender that waits for it. */
function equip(
  owner: Person,
  options: WorkloadOptions & { recording: Recording; nextNumber: () => string },
): { owner: Person; devices: Device[]; senders: Sender[] } {
  const { base, random, recording, nextNumber, heartbeatMs = 4_000 } = options
  const devices = Array.from({ length: random.between(1, 3) }, (_, index) => {
    return new Device({
      base,
      owner,
      targets: owner.targets,
      name: `${owner.name}/${index + 1}`,
      isBatch: random.chance(0.5),
      random: random.fork(),
      heartbeatMs,
      recording,
      onAnswer(device, id, frame) {
        if (id === undefined) for (const sender of senders) sender.lost(device, false)
        else senders.some((sender) => sender.answered(device, id, frame))
      },
      onLost(device) {
        for (const sender of senders) sender.lost(device, true)
      },
    })
  })
  const senderTo = (to: Target, isAllowed: boolean): Sender => {
    const window = isAllowed && random.chance(0.3) ? random.between(2, 5) : 1
    return new Sender({ from: owner.id, to, isAllowed, window, devices, random: random.fork(), recording, nextNumber })
  }
  const senders = [
    ...owner.targets.map((target) => senderTo(target, true)),
    ...owner.closed.map((target) => senderTo(target, false)),
  ]
  return { owner, devices, senders }
}
