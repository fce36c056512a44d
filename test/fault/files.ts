/** People who put files and send them, and others who ask for them: those who may, and those who may not. */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { Chat, ChatError, memoryOutbox } from '../../web/client/src/index.ts'
import { chunk } from '../support/picture.ts'
import { readersOf } from './check-file.ts'
import type { Device } from './device.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'
import type { Fetched, FileLog, Recording } from './recording.ts'
import { conversationOf, idOf, isGroup, type Target } from './target.ts'

export interface Sharing {
  device: Device
  target: Target
}

export interface Files {
  /** An upload or a download is under way. */
  readonly isBusy: boolean
  /** Somebody puts a file, and sends it when it is there; now and then to a stranger, or to nobody. */
  share(friend: Sharing, stranger: Sharing | undefined): void
  /** Somebody asks for one of the last files, or says an address of it that is not theirs to see. */
  look(speakers: readonly Sharing[]): void
  /** Asks for all files: whoever may see one until it has come, the others once. @returns how many came. */
  fetchAll(withinMs: number): Promise<number>
}

interface FilesOptions {
  base: () => string
  random: Random
  recording: Recording
  people: readonly Person[]
}

// As a person's patience, and that of their page: some 20 s.
const attempts = 12
const pauseMs = 150
const longestPauseMs = 2_000
const attemptWithinMs = 15_000
const mostAtOnce = 6
const lately = 20
// Of ten: what becomes of a file. The rest is sent to a friend or a group.
const toStranger = 7
const toNobody = 8
const neverPut = 9

export function createFiles({ base, random, recording, people }: FilesOptions): Files {
  const { files } = recording
  const chats = new Map(people.map((person) => [person.id, chatOf(person, base())]))
  let underWay = 0
  let shared = 0

  function begin(work: () => Promise<void>): void {
    if (underWay >= mostAtOnce) return
    underWay += 1
    void work().finally(() => {
      underWay -= 1
    })
  }

  async function put(owner: number, bytes: Buffer, filename: string): Promise<FileLog | undefined> {
    const chat = chats.get(owner)
    const blob = new Blob([new Uint8Array(bytes)])
    for (let attempt = 0; attempt < attempts; attempt++) {
      const signal = AbortSignal.timeout(attemptWithinMs)
      const putting = chat?.upload(blob, { filename, type: 'chat' }, undefined, signal)
      const address = await putting?.catch((error: unknown) => offendUnless(isPassing(error), `${owner}: ${error}`))
      if (address) return noted({ address, owner, hash: hashOf(bytes), fetched: [] })
      await sleep(Math.min(pauseMs * 2 ** attempt, longestPauseMs))
    }
    return undefined
  }

  /** It has an address, and no bytes. */
  async function announce(owner: number): Promise<void> {
    const asked = { filename: 'never.bin', type: 'chat' }
    const announced = await chats
      .get(owner)
      ?.call<{ file_url: string }>('POST', '/api/media/upload', asked)
      .catch(() => {})
    if (announced) noted({ address: announced.file_url, owner, hash: undefined, fetched: [] })
  }

  function noted(file: FileLog): FileLog {
    files.push(file)
    return file
  }

  function offendUnless(isFine: boolean, what: string): undefined {
    if (!isFine) recording.offences.push(`a file of ${what}`)
  }

  async function shareWith({ device, target }: Sharing, isAllowed: boolean): Promise<void> {
    const isPicture = random.chance(0.2)
    const bytes = isPicture ? pictureOf(random) : randomBytes(random.between(1_000, 20_000))
    const file = await put(device.owner.id, bytes, isPicture ? 'picture.png' : 'file.bin')
    if (file) device.sayFile(target, isAllowed, file.address, isPicture ? 2 : 3)
  }

  /** `by` 0 asks without an account, by the plain address. */
  const fetchBy = (by: number, { address }: FileLog): Promise<Outcome> =>
    outcomeOf(async () => (await chats.get(by)?.download(address)) ?? base() + new URL(address).pathname)

  async function ask(by: number, file: FileLog, isLast: boolean): Promise<void> {
    file.fetched.push({ by, isLast, ...(await fetchBy(by, file)) })
  }

  /** @returns whether it has come. */
  async function askUntil(deadline: number, by: number, file: FileLog): Promise<boolean> {
    for (;;) {
      const isOver = Date.now() > deadline
      const outcome = await fetchBy(by, file)
      const hasCome = outcome.kind === 'bytes'
      if (hasCome || isOver) {
        file.fetched.push({ by, isLast: true, ...outcome })
        return hasCome
      }
      await sleep(pauseMs)
    }
  }

  return {
    get isBusy() {
      return underWay > 0
    },
    share(friend, stranger) {
      shared += 1
      const fate = shared % 10
      if (fate === neverPut) begin(() => announce(friend.device.owner.id))
      else if (fate === toNobody)
        begin(async () => void (await put(friend.device.owner.id, randomBytes(2_000), 'own.bin')))
      else if (fate === toStranger && stranger) begin(() => shareWith(stranger, false))
      else begin(() => shareWith(friend, true))
    },
    look(speakers) {
      const file = random.pick(files.slice(-lately))
      if (!file) return
      const readers = readersOf(file, recording)
      const others = people.map(({ id }) => id).filter((id) => !readers.has(id))
      const thief = random.pick(speakers.filter(({ device }) => others.includes(device.owner.id)))
      // A query makes it another text, and no other file.
      if (thief && random.chance(0.3))
        thief.device.sayFile(thief.target, true, `${file.address}?${recording.sent.length}`, 3)
      const by = random.pick(random.chance(0.6) ? [...readers] : others)
      if (by !== undefined) begin(() => ask(by, file, false))
    },
    async fetchAll(withinMs) {
      const deadline = Date.now() + withinMs
      const acknowledged = new Set(
        recording.sent.flatMap(({ content, answers }) =>
          answers.some(({ kind }) => kind === 'stored') ? content : [],
        ),
      )
      const wanted = files
        .filter(({ address }) => acknowledged.has(address))
        .flatMap((file) => [...readersOf(file, recording)].map((by) => ({ by, file })))
      const came = await inParallel(wanted, 4, ({ by, file }) => askUntil(deadline, by, file))
      await inParallel(files, 4, async (file) => {
        for (const by of [0, ...outsidersOf(file)]) await ask(by, file, true)
      })
      return came.filter((has) => has).length
    },
  }

  /** Those to whom it was sent in vain, whoever named it, and somebody else. */
  function outsidersOf(file: FileLog): number[] {
    const readers = readersOf(file, recording)
    const named = recording.sent
      .filter(({ content }) => content.startsWith(file.address))
      .flatMap(({ from, to }) => [
        ...[from, ...(isGroup(to) ? [] : [idOf(to)])],
        ...(recording.conversations.get(conversationOf(from, to)) ?? []),
      ])
    const somebody = random.pick(people.map(({ id }) => id).filter((id) => !readers.has(id)))
    return [...new Set([...named, ...(somebody === undefined ? [] : [somebody])])].filter((id) => !readers.has(id))
  }
}

/** For its files alone: it is never connected. */
function chatOf({ id, name, token }: Person, url: string): Chat {
  const session = { url, token, user_id: id, username: name, nickname: name }
  return new Chat({ session, outbox: memoryOutbox(), environment: { WebSocket } })
}

/** It may go better the next time. */
const isPassing = (error: unknown): boolean =>
  error instanceof ChatError && error.reason !== 'FAULT' && (error.isRetryable || error.reason === 'CANCELLED')

type Outcome = Pick<Fetched, 'kind' | 'detail'>

async function outcomeOf(address: () => Promise<string>): Promise<Outcome> {
  try {
    const response = await fetch(await address(), { signal: AbortSignal.timeout(attemptWithinMs) })
    const bytes = Buffer.from(await response.arrayBuffer())
    if (response.status === 200) return { kind: 'bytes', detail: hashOf(bytes) }
    return { kind: 'failed', detail: `status ${response.status}` }
  } catch (error) {
    if (!(error instanceof ChatError)) return { kind: 'failed', detail: String(error) }
    return { kind: error.isRetryable ? 'failed' : 'refused', detail: error.reason }
  }
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url')

/** A PNG in grey, of random pixels: it passes the inspection as it is. */
function pictureOf(random: Random): Buffer {
  const [width, height] = [random.between(30, 130), random.between(30, 130)]
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Bits of a sample. The other bytes, of 0, say grey, and all that is usual.
  header.writeUInt8(8, 8)
  const lines = Array.from({ length: height }, () => Buffer.concat([Buffer.from([0]), randomBytes(width)]))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const pixels = deflateSync(Buffer.concat(lines))
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}
