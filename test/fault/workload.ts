/** People who talk, to friends and in groups, each on a few devices. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../../infra/in-parallel.ts'
import { Device } from './device.ts'
import { becomeIdle } from './idle.ts'
import { gather, membersOf, type Person } from './people.ts'
import type { Random } from './random.ts'
import { readLastList } from './reading.ts'
import { emptyRecording, type Recording } from './recording.ts'
import { Sender } from './sender.ts'
import { createTalk } from './talk.ts'

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
  /** Waits until everything is answered and every device is idle, then syncs all devices and reads all lists. */
  settle(timeoutMs: number): Promise<void>
  stop(): void
}

/** Signs people up, brings them together, and connects their devices. */
export async function createWorkload(options: WorkloadOptions): Promise<Workload> {
  const { base, mysqlUrl, random, perSecond, unnamedShare = 0.05 } = options
  const people = await gather(base(), mysqlUrl, options.people)
  const recording: Recording = { ...emptyRecording(), conversations: membersOf(people) }
  const { devices, senders, strangers } = equipAll(people, recording, options)
  const all = [...senders, ...strangers]
  const reading = { base, random, recording }
  const talk = createTalk({ ...reading, people, devices, senders, strangers, perSecond, unnamedShare })
  const unanswered = (): number => all.reduce((sum, sender) => sum + sender.unanswered, 0)

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
    async settle(timeoutMs) {
      talk.rest()
      const deadline = Date.now() + timeoutMs
      while (unanswered() > 0 && Date.now() < deadline) await sleep(20)
      await becomeIdle(devices, recording)
      await Promise.all(devices.map((device) => Promise.race([device.sync(), sleep(15_000)])))
      await inParallel(people, 4, (person) => readLastList(reading, person))
    },
    stop() {
      talk.stop()
      for (const sender of all) sender.stop()
      for (const device of devices) device.stop()
    },
  }
}

interface Equipment {
  devices: Device[]
  senders: Sender[]
  /** For targets that refuse their owner. */
  strangers: Sender[]
}

function equipAll(people: readonly Person[], recording: Recording, options: WorkloadOptions): Equipment {
  let count = 0
  const nextNumber = (): string => {
    count += 1
    return `${options.label}-${count}`
  }
  const each = people.map((person) => equip(person, { ...options, recording, nextNumber }))
  return {
    devices: each.flatMap(({ devices }) => devices),
    senders: each.flatMap(({ senders }) => senders),
    strangers: each.flatMap(({ strangers }) => strangers),
  }
}

/** The devices of one person, and a sender for each target. Each answer goes to the sender that waits for it. */
function equip(
  owner: Person,
  options: WorkloadOptions & { recording: Recording; nextNumber: () => string },
): Equipment {
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
        if (id === undefined) for (const sender of all) sender.lost(device, false)
        else all.some((sender) => sender.answered(device, id, frame))
      },
      onLost(device) {
        for (const sender of all) sender.lost(device, true)
      },
    })
  })
  const setting = { from: owner.id, devices, recording, nextNumber }
  const senders = owner.targets.map((to) => {
    const window = random.chance(0.3) ? random.between(2, 5) : 1
    return new Sender({ ...setting, to, window, random: random.fork(), isAllowed: true })
  })
  const strangers = owner.closed.map(
    (to) => new Sender({ ...setting, to, window: 1, random: random.fork(), isAllowed: false }),
  )
  const all = [...senders, ...strangers]
  return { devices, senders, strangers }
}
