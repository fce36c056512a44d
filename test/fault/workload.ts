/** People who talk, each on a few devices, in a ring: everyone has two friends, and former friends. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../../infra/client/people.ts'
import type { Frame } from '../../infra/client/socket.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { Device } from './device.ts'
import { listOf, numberOf } from './frame.ts'
import { ask, askUntilAnswered, type Reply } from './http.ts'
import { gather } from './people.ts'
import { becomeQuiet } from './quiet.ts'
import type { Random } from './random.ts'
import { emptyRecording, type Recording } from './recording.ts'
import { Sender } from './sender.ts'

export interface WorkloadOptions {
  base: () => string
  random: Random
  /** Conversations, and as many people. At least 4. */
  pairs: number
  /** New messages a second, as long as there is somebody who may send. */
  perSecond: number
  /** Distinguishes the contents of this run from all others. */
  label: string
  /** How many of the messages carry no id of their client, from 0 to 1. */
  unnamedShare?: number | undefined
  /** Between two heartbeats of a device; a few seconds when not given, so that little is waited for. */
  heartbeatMs?: number | undefined
}

export interface Workload {
  readonly recording: Recording
  readonly people: readonly Person[]
  /** Messages sent so far; sendings again are not counted. */
  count(): number
  unanswered(): number
  connects(): number
  /** One of the open devices leaves in this way; false when none is open. */
  leaveOne(how: 'cut' | 'nonsense'): boolean
  begin(): void
  /** Sends nothing new any more; what is unanswered is sent on. */
  rest(): void
  /** Waits until everything is answered and every device has what it was told of, then syncs all and reads the lists. */
  settle(timeoutMs: number): Promise<void>
  stop(): void
}

const tickMs = 20

/** Signs people up, makes neighbours friends, and connects their devices. */
export async function createWorkload(options: WorkloadOptions): Promise<Workload> {
  const { base, random, pairs, perSecond, label, unnamedShare = 0.05, heartbeatMs = 4_000 } = options
  const recording = emptyRecording()
  const { people, friends } = await gather(base(), pairs)
  recording.conversations = friends.map(([one, other]) => [one.id, other.id])

  let count = 0
  const nextNumber = (): string => {
    count += 1
    return `${label}-${count}`
  }
  const senders: Sender[] = []
  const strangers: Sender[] = []
  const sendersOf = new Map<number, Sender[]>()
  const devices = people.flatMap((owner, index) => {
    const peers = [people[(index + 1) % pairs], people[(index + pairs - 1) % pairs]].flatMap((peer) => peer?.id ?? [])
    const own = Array.from({ length: random.between(1, 3) }, (_, number) => deviceOf(owner, peers, number))
    const setting = { from: owner.id, devices: own, recording, nextNumber }
    const friendly = peers.map((to) => {
      const window = random.chance(0.3) ? random.between(2, 5) : 1
      return new Sender({ ...setting, to, window, random: random.fork(), isWelcome: true })
    })
    const stranger = people[(index + 2) % pairs]?.id ?? 0
    const vain = new Sender({ ...setting, to: stranger, window: 1, random: random.fork(), isWelcome: false })
    senders.push(...friendly)
    strangers.push(vain)
    sendersOf.set(owner.id, [...friendly, vain])
    return own
  })

  function deviceOf(owner: Person, peers: readonly number[], number: number): Device {
    return new Device({
      base,
      owner,
      peers,
      name: `${owner.name}/${number + 1}`,
      isBatch: random.chance(0.5),
      random: random.fork(),
      heartbeatMs,
      recording,
      onAnswer,
      onLost: (device) => {
        for (const sender of sendersOf.get(owner.id) ?? []) sender.lost(device, true)
      },
    })
  }

  function onAnswer(device: Device, id: string | undefined, frame: Frame): void {
    const own = sendersOf.get(device.owner.id) ?? []
    if (id === undefined) for (const sender of own) sender.lost(device, false)
    else own.some((sender) => sender.answered(device, id, frame))
  }

  let isTalking = false
  let begunAt = 0
  let issued = 0
  const ticks = setInterval(() => {
    if (isTalking) talk()
  }, tickMs)

  function talk(): void {
    const due = Math.min(((Date.now() - begunAt) * perSecond) / 1000, issued + perSecond / 5)
    for (; issued < due; issued++) {
      const sender = random.pick(senders.filter(({ isReady }) => isReady))
      if (!sender) break
      sender.say(
        !random.chance(unnamedShare),
        random.chance(0.02) ? random.between(1_000, 8_000) : random.between(0, 60),
      )
      if (random.chance(0.03)) sender.repeat()
      if (random.chance(0.005)) sender.probe()
      if (random.chance(0.005)) random.pick(strangers.filter(({ isReady }) => isReady))?.say(true, 0)
    }
    // What could not be sent because everybody waits is not made up for in a burst.
    if (issued < due - perSecond) begunAt = Date.now() - (issued * 1000) / perSecond
    if (random.chance(tickMs / 1_500))
      random.pick(devices)?.leave(random.pick(['close', 'terminate', 'cut']) ?? 'close')
    if (random.chance(tickMs / 150)) markByFrame()
    if (random.chance(tickMs / 300)) void markByCall()
    if (random.chance(tickMs / 500)) void readList(random.pick(people), false)
  }

  function markByFrame(): void {
    const device = random.pick(devices)
    const peer = device && random.pick([...device.views.keys()])
    const seq = peer === undefined ? 0 : (device?.views.get(peer)?.upTo() ?? 0)
    // Now and then an old mark: it must not move anything back.
    if (seq > 0) device?.send({ type: 6, target_id: peer, seq: random.chance(0.2) ? random.between(1, seq) : seq })
  }

  async function markByCall(): Promise<void> {
    const device = random.pick(devices)
    const peer = device && random.pick([...device.views.keys()])
    if (!device || peer === undefined) return
    const seq = device.views.get(peer)?.upTo() ?? 0
    const { id, token } = device.owner
    const reply = await ask(base(), 'POST', '/api/friend/mark-read', token, { target_id: peer })
    watch(reply, 'mark-read')
    if (reply?.code === 0) recording.marked.push({ at: Date.now(), owner: id, friend: peer, seq })
  }

  async function readList(person: Person | undefined, isLast: boolean): Promise<void> {
    if (!person) return
    const startedAt = Date.now()
    const isWanted = (): boolean => isLast && Date.now() - startedAt < 20_000
    const read = isLast
      ? await askUntilAnswered(
          isWanted,
          (reply) => watch(reply, 'list'),
          base(),
          'GET',
          '/api/friend/list',
          person.token,
        )
      : (await ask(base(), 'GET', '/api/friend/list', person.token))?.data
    const at = Date.now()
    for (const row of listOf(read)) {
      const friend = numberOf(row, 'id')
      recording.marksSeen.push({ startedAt, at, owner: person.id, friend, seq: numberOf(row, 'read_seq') })
      recording.marksSeen.push({ startedAt, at, owner: friend, friend: person.id, seq: numberOf(row, 'peer_read_seq') })
      if (isLast) recording.unread.push({ owner: person.id, friend, count: numberOf(row, 'unread_count') })
    }
    if (isLast && listOf(read).length !== 2)
      recording.offences.push(`the friend list of ${person.name} could not be read`)
  }

  function watch(reply: Reply | undefined, what: string): void {
    if (reply?.status === 401) recording.offences.push(`${what} was answered with 401`)
  }

  const unanswered = (): number => [...senders, ...strangers].reduce((sum, sender) => sum + sender.unanswered, 0)

  async function settle(timeoutMs: number): Promise<void> {
    isTalking = false
    const deadline = Date.now() + timeoutMs
    while (unanswered() > 0 && Date.now() < deadline) await sleep(20)
    await becomeQuiet(devices, recording)
    await Promise.all(devices.map((device) => Promise.race([device.sync(), sleep(15_000)])))
    await inParallel(people, 4, (person) => readList(person, true))
  }

  function stop(): void {
    clearInterval(ticks)
    for (const sender of [...senders, ...strangers]) sender.stop()
    for (const device of devices) device.stop()
  }

  for (const device of devices) device.start()
  return {
    recording,
    people,
    count: () => recording.sent.length,
    unanswered,
    connects: () => devices.reduce((sum, device) => sum + device.connects, 0),
    leaveOne(how) {
      const device = random.pick(devices.filter(({ isOpen }) => isOpen))
      device?.leave(how)
      return device !== undefined
    },
    begin() {
      isTalking = true
      begunAt = Date.now()
      issued = 0
    },
    rest() {
      isTalking = false
    },
    settle,
    stop,
  }
}
