/** Reading: clients move their read marks and ask for the friend list. */
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from './clock.ts'
import type { Device } from './device.ts'
import { listOf, numberOf } from './frame.ts'
import { ask, type Reply } from './http.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'
import type { Recording } from './recording.ts'
import { noteList } from './tap-request.ts'
import { fieldsOf, isGroup, userTarget } from './target.ts'

export interface Reading {
  base: () => string
  random: Random
  recording: Recording
}

const friends = 2
const lastListWithinMs = 20_000

/** Marks one of the device's conversations as read, up to what the device has. */
export function markByFrame({ random }: Reading, device: Device): void {
  const [target, view] = random.pick([...device.views]) ?? []
  const seq = view?.upTo() ?? 0
  if (!target || seq === 0) return
  if (random.chance(0.2)) device.readOld(target, random.between(1, seq))
  else device.read(target, seq)
}

/** The same by HTTP, for friends only. */
export async function markByCall({ base, random, recording }: Reading, device: Device): Promise<void> {
  const [target, view] = random.pick([...device.views].filter(([one]) => !isGroup(one))) ?? []
  if (!target) return
  const seq = view?.upTo() ?? 0
  const { id, token } = device.owner
  const reply = await ask(base(), 'POST', '/api/friend/mark-read', token, fieldsOf(target))
  watch(recording, reply, 'mark-read')
  if (reply?.code === 0) recording.marked.push({ owner: id, target, seq })
}

/** Reads the friend list and records its marks. @returns the list. */
export async function readList({ base, recording }: Reading, person: Person): Promise<unknown[]> {
  const startedAt = now()
  const reply = await ask(base(), 'GET', '/api/friend/list', person.token)
  watch(recording, reply, 'list')
  const rows = listOf(reply?.data)
  noteList(recording, person.id, rows, { startedAt, at: now() })
  return rows
}

/** Reads the friend list at the end, when the unread counts are final; asks again until it is answered. */
export async function readLastList(reading: Reading, person: Person): Promise<void> {
  const { unread, offences } = reading.recording
  for (const deadline = Date.now() + lastListWithinMs; Date.now() < deadline; await sleep(200)) {
    const rows = await readList(reading, person)
    if (rows.length !== friends) continue
    for (const row of rows) {
      unread.push({ owner: person.id, target: userTarget(numberOf(row, 'id')), count: numberOf(row, 'unread_count') })
    }
    return
  }
  offences.push(`the friend list of ${person.name} could not be read`)
}

function watch({ offences }: Recording, reply: Reply | undefined, what: string): void {
  if (reply?.status === 401) offences.push(`${what} was answered with 401`)
}
