/**
 * Slices: what is pushed to very many is written to a topic of its own, from which another function posts it. So a large group holds up
 * nobody who shares its partition.
 */
import type { PushClients } from '../../client/clients.ts'
import type { Outgoing } from '../../client/kafka.ts'
import * as log from '../../core/log.ts'
import type { SliceRecord } from '../../wire/record.ts'
import * as delivery from './delivery.ts'

/** A push to more users goes by slices. */
export const directMost = 500

// A user is always in the same slice, whoever joins or leaves, so the records of a slice keep the order of what is pushed. It divides
// the number of hash tags in Redis: the connections of a slice are found under four of them.
const sliceCount = 16
// Of a record: some 20 KB, and some 256 KB if no frame is larger. Kafka takes 1 MB.
const maxUsers = 1_000
const maxFrameBytes = 256 * 1024
// What is waited for together: a request of the producer's.
const portionBytes = 512 * 1024

/** A push with the key of its conversation. */
export interface KeyedPush extends delivery.Push {
  key: string
}

/**
 * Writes pushes to the topic, those of a conversation in order. Resolves when all replicas have them.
 *
 * It is one record for a slice of a conversation's recipients and all its frames, up to 256 KB of them and 1,000 users.
 */
export async function send({ slices }: Pick<PushClients, 'slices'>, pushes: readonly KeyedPush[]): Promise<void> {
  for (const portion of portionsOf(recordsOf(pushes))) {
    await Promise.all(portion.map((record) => slices.send(record)))
  }
}

/**
 * Posts the events of a committed change as `delivery.notify` does, and never throws; to very many by slices. If Kafka does not take
 * those, they are posted, too, as far as that goes within the bounds of one delivery.
 */
export async function notify(
  { slices, ...clients }: Pick<PushClients, 'redis' | 'gateway' | 'slices'>,
  pushes: readonly KeyedPush[],
): Promise<void> {
  const direct = pushes.filter(({ userIds }) => userIds.length <= directMost)
  const large = pushes.filter(({ userIds }) => userIds.length > directMost)
  try {
    await send({ slices }, large)
  } catch (error) {
    log.error('slices not written', error)
    direct.push(...large)
  }
  if (direct.length > 0) await delivery.notify(clients, direct)
}

function* recordsOf(all: readonly KeyedPush[]): Generator<Outgoing & { value: string }> {
  for (const [key, own] of Map.groupBy(all, (push) => push.key)) {
    for (const { userIds, pushes } of packed(own)) {
      for (const [slice, members] of Map.groupBy(userIds, (userId) => userId % sliceCount)) {
        for (const user_ids of chunksOf(members)) {
          yield { key: `${key}:${slice}`, value: JSON.stringify({ user_ids, pushes } satisfies SliceRecord) }
        }
      }
    }
  }
}

interface Packed extends Pick<SliceRecord, 'pushes'> {
  userIds: readonly number[]
}

/** Joins pushes that follow each other and go to the same users. */
function packed(pushes: readonly delivery.Push[]): Packed[] {
  const packs: Packed[] = []
  let bytes = 0
  for (const { userIds, except, frame } of pushes) {
    const push = { ...(except !== undefined && { except }), frame }
    const size = Buffer.byteLength(JSON.stringify(push))
    const last = packs.at(-1)
    bytes += size
    if (last && bytes <= maxFrameBytes && isSame(last.userIds, userIds)) last.pushes.push(push)
    else {
      packs.push({ userIds, pushes: [push] })
      bytes = size
    }
  }
  return packs
}

// Those of one transaction are one array.
const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one === other || (one.length === other.length && one.every((id, index) => id === other[index]))

const chunksOf = (userIds: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(userIds.length / maxUsers) }, (_, index) =>
    userIds.slice(index * maxUsers, (index + 1) * maxUsers),
  )

function* portionsOf<One extends { value: string }>(records: Iterable<One>): Generator<One[]> {
  let portion: One[] = []
  let bytes = 0
  for (const record of records) {
    portion.push(record)
    bytes += Buffer.byteLength(record.value)
    if (bytes < portionBytes) continue
    yield portion
    portion = []
    bytes = 0
  }
  if (portion.length > 0) yield portion
}
