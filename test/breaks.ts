/**
 * One-line breaks of what the promises rest on, and the test that must go red for each.
 *
 * A break is applied in memory by vitest.config.ts when BREAK names it; no file is touched.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Break {
  promise: string
  file: string
  find: string
  replace: string
  /** The test file, and the title of a test in it. */
  test: [file: string, title: string]
}

const root = join(import.meta.dirname, '..')

export const breaks: Record<string, Break> = {
  'acknowledged without a row': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/service/message/store.ts',
    find: '...(added.length > 0 ? insert(db, added) : []),',
    replace: '',
    test: ['test/service/stream.test.ts', 'come after the commit'],
  },
  'settled though storing failed': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/entry/stream.ts',
    find: '        throw error\n',
    replace: '        return { batchItemFailures: [] }\n',
    test: ['test/service/consumer.test.ts', 'fails the batch when the database is away'],
  },
  'a client’s resend is stored again': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'const resent = client_msg_id === undefined',
    replace: 'const resent = client_msg_id !== null',
    test: ['test/service/persist.test.ts', 'answers a resend as the first time'],
  },
  'a redelivered record is not recognised': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'if (repeated) {',
    replace: "if (repeated && record_id === '') {",
    test: ['test/service/persist.test.ts', 'recognises a record that comes again'],
  },
  'any body passes under a used client_msg_id': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'const isSame = bodyHash.equals(resent.bodyHash)',
    replace: 'const isSame = true',
    test: ['test/service/persist.test.ts', 'refuses another body'],
  },
  'conversations are not locked': {
    promise: '3. One order',
    file: 'lib/service/message/store.ts',
    find: '.forUpdate()',
    replace: '',
    test: ['test/service/persist.test.ts', 'leaves no hole and no double'],
  },
  'request times do not count': {
    promise: '3. One order',
    file: 'lib/service/message/resolve.ts',
    find: '.sort((a, b) => a.requested_at - b.requested_at)',
    replace: '',
    test: ['test/service/persist.test.ts', 'puts frames of one connection in the order'],
  },
  'a lost connection is put back in silence': {
    promise: '4. Catching up is complete',
    file: 'lib/service/connection/presence.ts',
    find: "local resync = redis.call('hset', KEYS[2], ARGV[1], ARGV[2])",
    replace: 'local resync = 0',
    test: ['test/service/presence.test.ts', 'tells it once to catch up'],
  },
  'a post that is given up leaves no mark': {
    promise: '4. Catching up is complete',
    file: 'lib/service/connection/delivery.ts',
    find: "posted === 'gone' ? presence.leave : presence.markMissed",
    replace: "posted === 'gone' ? presence.leave : async () => {}",
    test: ['test/service/stream.test.ts', 'then told to catch up'],
  },
  'strangers may write': {
    promise: '5. Messages flow only between friends',
    file: 'lib/service/message/resolve.ts',
    find: 'if (!conversation || !sender) {',
    replace: 'if (!conversation) {',
    test: ['test/service/persist.test.ts', 'waits for a friendship that is being ended'],
  },
  'unread counts stand still': {
    promise: '6. Unread is exact',
    file: 'lib/service/message/store.ts',
    find: 'set own_after_read = own_after_read +',
    replace: 'set own_after_read = own_after_read + 0 *',
    test: ['test/service/persist.test.ts', 'unread count'],
  },
  'the silent stay online': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: 'export const onlineMs = 90_000',
    replace: 'export const onlineMs = 9_000_000',
    test: ['test/service/presence.test.ts', 'is online while a connection has been heard from'],
  },
  'a frame does not keep its user online': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: "redis.call('zadd', KEYS[3], ARGV[3], ARGV[11])",
    replace: '0',
    test: ['test/service/presence.test.ts', 'is online while a connection has been heard from'],
  },
  'a refused frame does not keep its user online': {
    promise: '7. Online is honest',
    file: 'lib/service/message/accept.ts',
    find: 'const mustResync = await authorize(clients, context, 1)',
    replace: 'const mustResync = false',
    test: ['test/service/frame.test.ts', 'keeps its user online all the same'],
  },
  'who leaves one of several was heard from': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: 'latest = math.max(latest, cjson.decode(stored).heard)',
    replace: 'latest = 1 / 0',
    test: ['test/service/presence.test.ts', 'goes offline with the last device that was heard from'],
  },
}

/** A vite plugin that applies the named break; nothing when there is no name. */
export function applied(name: string | undefined) {
  const chosen = name === undefined ? undefined : breaks[name]
  if (name !== undefined && !chosen) throw new Error(`there is no break called ${name}`)
  return {
    name: 'break',
    enforce: 'pre' as const,
    transform(code: string, id: string): string | undefined {
      return chosen && id === join(root, chosen.file) ? code.replace(chosen.find, chosen.replace) : undefined
    },
  }
}

/** How often the line to break stands in its file: a break must hit exactly one. */
export function hits({ file, find }: Break): number {
  return readFileSync(join(root, file), 'utf8').split(find).length - 1
}
