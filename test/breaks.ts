/**
 * One-line breaks of what the promises rest on, each with its judges: a test of the service that must go red, or what the
 * checker must find while a fault is injected.
 *
 * A break is applied in memory, by vitest.config.ts when BREAK names it or by whoever builds the consumer; no file is
 * touched.
 */
import { join } from 'node:path'
import type { Kind } from './fault/finding.ts'

export interface Edit {
  file: string
  find: string
  replace: string
}

export interface Break extends Edit {
  promise: string
  /** The test file, and the title of a test in it. */
  test?: [file: string, title: string]
  fault?: {
    name: string
    /** One of these has to be found. */
    finds: readonly Kind[]
    /** How many talk; 6 unless it takes more to see it. */
    people?: number
  }
}

const root = join(import.meta.dirname, '..')

export const breaks: Record<string, Break> = {
  'acknowledged without a row': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/service/message/store.ts',
    find: '...(added.length > 0 ? insert(db, added) : []),',
    replace: '...(added.length > 1 ? insert(db, added) : []),',
    test: ['test/service/stream.test.ts', 'come after the commit'],
    fault: { name: 'none', finds: ['lost'] },
  },
  'settled though storing failed': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/entry/stream.ts',
    find: 'context.getRemainingTimeInMillis())',
    replace: 'context.getRemainingTimeInMillis()).catch(() => undefined)',
    test: ['test/service/consumer.test.ts', 'fails the batch when the database is away'],
  },
  'settled before it is stored': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/entry/stream.ts',
    find: 'await run(',
    replace: 'void run(',
    fault: { name: 'consumer killed between receive and commit', finds: ['lost'] },
  },
  'answered before the commit': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/service/store/transaction.ts',
    find: 'return committed(await commit(connection, writes))',
    replace:
      'const changes = []; for (const write of writes) changes.push({ insertId: Number((await connection.executeQuery(write)).insertId ?? 0) }); setTimeout(() => void commit(connection, []), 100); return committed(changes)',
    fault: { name: 'consumer killed between receive and commit', finds: ['lost'] },
  },
  'a client’s resend is stored again': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'const resent = client_msg_id === undefined',
    replace: 'const resent = client_msg_id !== null',
    test: ['test/service/repeat.test.ts', 'answers a resend as the first time'],
  },
  'a redelivered record is not recognised': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'if (repeated) {',
    replace: "if (repeated && record_id === '') {",
    test: ['test/service/repeat.test.ts', 'recognises a record that comes again'],
  },
  'any body passes under a used client_msg_id': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'const isSame = bodyHash.equals(resent.bodyHash)',
    replace: 'const isSame = true',
    test: ['test/service/repeat.test.ts', 'refuses another body'],
    fault: { name: 'none', finds: ['wrong verdict'] },
  },
  'a message to a group counts as the same to the user of its id': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: '[...(chat_type === ChatType.group ? [chat_type] : []), target_id, media, content]',
    replace: '[target_id, media, content]',
    test: ['test/service/repeat.test.ts', 'counts the other of its id as another recipient'],
    fault: { name: 'none', finds: ['wrong verdict'] },
  },
  'a client’s id is not kept': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'client_msg_id: record.client_msg_id === undefined ? null : Buffer.from(record.client_msg_id),',
    replace: 'client_msg_id: null,',
    fault: { name: 'none', finds: ['doubled'] },
  },
  'a redelivered record is new': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/resolve.ts',
    find: 'record_id: Buffer.from(record.record_id),',
    replace: 'record_id: Buffer.from(String(Math.random())),',
    fault: { name: 'batch redelivered after its success', finds: ['doubled'] },
  },
  'a resend gets a time of its own': {
    promise: '2. Nothing is doubled',
    file: 'lib/service/message/consume.ts',
    find: "storedFrame(outcome.record, client_msg_id, outcome.placed, outcome.kind === 'resent')",
    replace:
      "storedFrame(outcome.record, client_msg_id, outcome.kind === 'resent' ? { ...outcome.placed, createdAt: now } : outcome.placed, outcome.kind === 'resent')",
    fault: { name: 'none', finds: ['answer differs'] },
  },
  'conversations are not locked': {
    promise: '3. One order',
    file: 'lib/service/message/snapshot.ts',
    find: '.forUpdate()',
    replace: '',
    test: ['test/service/persist.test.ts', 'leaves no hole and no double'],
    fault: { name: 'friendship ended while messages are stored', finds: ['wrong verdict'] },
  },
  'request times do not count': {
    promise: '3. One order',
    file: 'lib/service/message/resolve.ts',
    find: '.sort((a, b) => a.requested_at - b.requested_at)',
    replace: '',
    test: ['test/service/persist.test.ts', 'puts frames of one connection in the order'],
  },
  'numbers leave holes': {
    promise: '3. One order',
    file: 'lib/service/message/resolve.ts',
    find: 'conversation.seq += 1\n',
    replace: 'conversation.seq += record.content.includes("7 ") ? 2 : 1\n',
    fault: { name: 'none', finds: ['hole'] },
  },
  'a lost connection is put back in silence': {
    promise: '4. Catching up is complete',
    file: 'lib/service/connection/presence.ts',
    find: "local resync = redis.call('hset', KEYS[2], ARGV[1], ARGV[2])",
    replace: 'local resync = 0',
    test: ['test/service/presence.test.ts', 'tells it once to catch up'],
  },
  'a lost answer is not given again': {
    promise: '4. Catching up is complete',
    file: 'lib/service/connection/presence.ts',
    find: 'if bucket[3] == ARGV[12] then resync = 1 end',
    replace: '',
    test: ['test/service/silent-connection.test.ts', 'a frame is still told to catch up'],
  },
  'a post that is given up leaves no mark': {
    promise: '4. Catching up is complete',
    file: 'lib/service/connection/delivery.ts',
    find: "posted === 'gone' ? presence.leave : presence.markMissed",
    replace: "posted === 'gone' ? presence.leave : async () => {}",
    test: ['test/service/unreachable.test.ts', 'then told to catch up'],
    // Who sends from where the posts fail notices by the answers that do not come: with few, it may be nobody else's turn.
    fault: { name: 'posts answered 500', finds: ['missed in silence'], people: 16 },
  },
  'one member of a group is not told': {
    promise: '4. Catching up is complete',
    file: 'lib/service/message/resolve.ts',
    find: 'conversation?.memberIds ?? []',
    replace: 'conversation?.memberIds.slice(1) ?? []',
    fault: { name: 'none', finds: ['missed in silence'] },
  },
  'sync takes a group for the user of its id': {
    promise: '4. Catching up is complete',
    file: 'lib/service/conversation/sync.ts',
    find: 'addressOf(chat_type, caller, target_id)',
    replace: 'addressOf(ChatType.direct, caller, target_id)',
    test: ['test/service/sync.test.ts', 'gives what follows in each conversation'],
  },
  'strangers may write': {
    promise: '5. Messages flow only between friends',
    file: 'lib/service/message/resolve.ts',
    find: 'if (!conversation || !sender) {',
    replace: 'if (!conversation) {',
    test: ['test/service/membership.test.ts', 'waits for a membership that is being ended'],
    fault: { name: 'none', finds: ['wrong verdict'] },
  },
  'who is no member may write in a group': {
    promise: '5. Messages flow only between friends',
    file: 'lib/service/message/resolve.ts',
    find: 'if (!conversation || !sender) {',
    replace: 'if (!conversation || (!sender && record.chat_type === ChatType.direct)) {',
    test: ['test/service/membership.test.ts', 'stores nothing of who never belonged to a group'],
    fault: { name: 'none', finds: ['wrong verdict'] },
  },
  'who has left a group is still a member': {
    promise: '5. Messages flow only between friends',
    file: 'lib/service/message/snapshot.ts',
    find: "    .where(where)\n    .where('m.state', '=', MemberState.active)\n",
    replace: '    .where(where)\n',
    test: ['test/service/membership.test.ts', 'stores nothing of who never belonged to a group'],
  },
  'the history shows what was said before one joined': {
    promise: '5. Messages flow only between friends',
    file: 'lib/service/conversation/history.ts',
    find: 'm.seq >= me.from_seq and ',
    replace: '',
    test: ['test/service/sync.test.ts', 'begins where one joined and ends where one left'],
  },
  'sync shows what was said after one left': {
    promise: '5. Messages flow only between friends',
    file: 'lib/service/conversation/sync.ts',
    find: 'coalesce(me.until_seq, c.last_seq) as last_seq',
    replace: 'c.last_seq as last_seq',
    test: ['test/service/sync.test.ts', 'begins where one joined and ends where one left'],
  },
  'unread counts stand still': {
    promise: '6. Unread is exact',
    file: 'lib/service/message/store.ts',
    find: 'own_after_read + values(own_after_read)',
    replace: 'own_after_read',
    test: ['test/service/persist.test.ts', 'unread count'],
    fault: { name: 'none', finds: ['unread'] },
  },
  'a mark in a group does not say that it is one': {
    promise: '6. Unread is exact',
    file: 'lib/service/conversation/read-mark.ts',
    find: 'chatType === ChatType.group ? { chat_type: chatType } : {}',
    replace: '{}',
    test: ['test/service/receipt.test.ts', 'is told to the other side and the reader’s other devices'],
    fault: { name: 'none', finds: ['read mark'] },
  },
  'a mark counts for the friend and the group of one id': {
    promise: '6. Unread is exact',
    file: 'lib/service/message/resolve.ts',
    find: 'conversationKey(record)}`\n    const isSmall',
    replace: 'target_id}`\n    const isSmall',
    test: ['test/service/receipt.test.ts', 'have a mark each and are typed to apart'],
  },
  'own messages are counted in one of several conversations': {
    promise: '6. Unread is exact',
    file: 'lib/service/message/store.ts',
    find: 'bySender.get(key)',
    replace: '[...bySender.values()].find((one) => one.user_id === user_id)',
    test: ['test/service/persist.test.ts', 'adds to the count of each of many others of one sender'],
  },
  'the silent stay online': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: 'const graceMs = 60_000',
    replace: 'const graceMs = 6_000_000',
    test: ['test/service/presence.test.ts', 'is online while a connection has been heard from'],
  },
  'a frame does not keep its user online': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: "redis.call('zadd', KEYS[3], 'GT', ARGV[11], ARGV[10])",
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
    find: 'due = math.max(due, stored.heard + (stored.heartbeat or tonumber(ARGV[3])))',
    replace: 'due = 1 / 0',
    test: ['test/service/presence.test.ts', 'goes offline with the last device that was heard from'],
  },
  'a frame shortens the time of another connection': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: "redis.call('zadd', KEYS[3], 'GT', ",
    replace: "redis.call('zadd', KEYS[3], ",
    test: ['test/service/presence.test.ts', 'keep their user online as long as the more patient one allows'],
  },
  'what a client asks for is not handed on': {
    promise: '7. Online is honest',
    file: 'lib/entry/socket.ts',
    find: 'Number(authorizer.heartbeat ?? usualSeconds)',
    replace: 'Number(usualSeconds)',
    test: ['test/service/heartbeat.test.ts', 'is online with a heartbeat each so often'],
  },
}

/** A file's code with the edit in it, if it is the edit's file. */
export function edited(path: string, code: string, edit: Edit | undefined): string | undefined {
  return edit && path === join(root, edit.file) ? code.replace(edit.find, () => edit.replace) : undefined
}

/** A vite plugin that applies the named break; nothing when there is no name. */
export function applied(name: string | undefined) {
  const chosen = name === undefined ? undefined : breaks[name]
  if (name !== undefined && !chosen) throw new Error(`there is no break called ${name}`)
  return {
    name: 'break',
    enforce: 'pre' as const,
    transform: (code: string, id: string): string | undefined => edited(id, code, chosen),
  }
}
