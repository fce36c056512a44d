/** Requests of the library: writes down what lists and pages say, and asks for pages of other sizes. */
import { now } from './clock.ts'
import { listOf, numberOf } from './frame.ts'
import { note, noteMark, type TapOptions } from './notes.ts'
import type { MarkSeen, Recording } from './recording.ts'
import { idOf, isGroup, type Target, targetOf, userTarget } from './target.ts'

type Times = Pick<MarkSeen, 'startedAt' | 'at'>

const list = '/api/friend/list'
const sync = '/api/chat/sync'

export function tapRequests(options: TapOptions): { fetch: typeof fetch; isAsking(): boolean } {
  const { log, owner, random, recording } = options
  let underWay = 0
  let hasFailed = false

  async function ask(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const path = new URL(String(input)).pathname
    if (path !== list && path !== sync) return await watched(input, init)
    const asked = path === sync ? { ...JSON.parse(String(init.body)), limit: random.pick([20, 100, 200]) } : undefined
    underWay += 1
    hasFailed = true
    try {
      const startedAt = now()
      const reply = await watched(input, asked ? { ...init, body: JSON.stringify(asked) } : init)
      const envelope: unknown = await reply.clone().json()
      hasFailed = numberOf(envelope, 'code') !== 0
      const rows = listOf(envelope, 'data')
      const times = { startedAt, at: now() }
      if (asked) for (const row of rows) noteSynced(row, listOf(asked, 'conversations'), times, options)
      else noteList(recording, owner.id, rows, times)
      for (const row of rows) {
        const target = asked ? targetOf(row) : userTarget(numberOf(row, 'id'))
        if (!isGroup(target)) noteMark(log.marksTold, target, numberOf(row, 'peer_read_seq'))
      }
      return reply
    } finally {
      underWay -= 1
    }
  }

  async function watched(input: string | URL | Request, init: RequestInit): Promise<Response> {
    const reply = await fetch(input, init)
    if (reply.status === 401) recording.offences.push(`${input} of ${log.name} was answered with 401`)
    return reply
  }

  return { fetch: ask, isAsking: () => underWay > 0 || hasFailed }
}

/** The marks in a list of friends. */
export function noteList({ marksSeen }: Recording, owner: number, rows: readonly unknown[], times: Times): void {
  for (const row of rows) {
    const friend = numberOf(row, 'id')
    marksSeen.push(
      { ...times, owner, target: userTarget(friend), seq: numberOf(row, 'read_seq') },
      { ...times, owner: friend, target: userTarget(owner), seq: numberOf(row, 'peer_read_seq') },
    )
  }
}

/** A conversation in the answer to a sync. */
function noteSynced(row: unknown, asked: readonly unknown[], times: Times, options: TapOptions): void {
  const { log, owner, recording } = options
  const target = targetOf(row)
  const messages = listOf(row, 'messages')
  for (const message of messages) note(log, 'page', message, { target, from: numberOf(message, 'from_user_id') })
  const mark = (reader: number, read: Target, seq: number) =>
    void recording.marksSeen.push({ ...times, owner: reader, target: read, seq })
  mark(owner.id, target, numberOf(row, 'read_seq'))
  if (!isGroup(target)) mark(idOf(target), userTarget(owner.id), numberOf(row, 'peer_read_seq'))
  const hasMore = Reflect.get(Object(row), 'has_more') === true
  const after = numberOf(
    asked.find((one) => targetOf(one) === target),
    'after_seq',
  )
  const end = Math.max(after, ...messages.map((message) => numberOf(message, 'seq')))
  const last = numberOf(row, 'last_seq')
  if (!hasMore && end < last) recording.offences.push(`a sync of ${log.name} ended at ${end} of ${last}`)
}
