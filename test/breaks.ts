/**
 * One-line breaks of what the promises rest on, each with its judges: a test of the service that must go red, or what the
 * checker must find while a fault is injected.
 *
 * A break is applied in memory: by vitest.config.ts and in the functions' bundles when BREAK names it, or by whoever builds the
 * consumer; no file is touched.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
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
    find: 'if bucket[3] == ARGV[13] then resync = 1 end',
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
    find: "redis.call('zadd', KEYS[3], 'GT', ARGV[12], ARGV[11])",
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
    find: 'last = math.max(last, stored.heard + (stored.heartbeat or tonumber(usual)))',
    replace: 'last = 1 / 0',
    test: ['test/service/presence.test.ts', 'goes offline with the last device that was heard from'],
  },
  'a frame shortens the time of another connection': {
    promise: '7. Online is honest',
    file: 'lib/service/connection/presence.ts',
    find: "redis.call('zadd', KEYS[3], 'GT', ARGV[12]",
    replace: "redis.call('zadd', KEYS[3], ARGV[12]",
    test: ['test/service/presence.test.ts', 'keep their user online as long as the more patient one allows'],
  },
  'what a client asks for is not handed on': {
    promise: '7. Online is honest',
    file: 'lib/entry/socket.ts',
    find: 'Number(authorizer.heartbeat ?? usualSeconds)',
    replace: 'Number(usualSeconds)',
    test: ['test/service/heartbeat.test.ts', 'is online with a heartbeat each so often'],
  },
  'a page may ask behind the edge': {
    promise: '10. Misuse is bounded',
    file: 'infra/local/edge/guard.ts',
    find: ' && !ofBrowsers.some((name) => headers[name] !== undefined)',
    replace: '',
    test: ['test/unit/edge-guard.test.ts', 'runs nothing for a request'],
  },
  'any name of this machine counts behind the edge': {
    promise: '10. Misuse is bounded',
    file: 'infra/local/edge/guard.ts',
    find: "ownHost.test(headers.host ?? '')",
    replace: 'true',
    test: ['test/unit/edge-guard.test.ts', 'runs nothing for a request'],
  },
  'a conversation is given as often as it is named': {
    promise: '10. Misuse is bounded',
    file: 'lib/service/conversation/sync.ts',
    find: 'const asked = merged(conversations)',
    replace: 'const asked = conversations',
    test: ['test/service/sync.test.ts', 'gives a conversation once, however often it is asked for'],
  },
  'sync costs one, whatever it asks for': {
    promise: '10. Misuse is bounded',
    file: 'lib/entry/middleware/rate-limit.ts',
    find: 'if (more > 0) await spend',
    replace: 'if (more < 0) await spend',
    test: ['test/service/rate-limit.test.ts', 'takes what it costs from the budget of reads'],
  },
  'any number of requests waits for one person': {
    promise: '10. Misuse is bounded',
    file: 'lib/service/contact/friend-request.ts',
    find: 'if (await isFull(tx, target)) throw',
    replace: 'if (!target) throw',
    test: ['test/service/friend-request.test.ts', 'so many wait'],
  },
  'the blocked notice that there is room': {
    promise: '10. Misuse is bounded',
    file: 'lib/service/contact/friend-request.ts',
    find: 'if (await isFull(tx, target)) throw',
    replace: 'if (relations.get(target) !== RelationType.blocked && (await isFull(tx, target))) throw',
    test: ['test/service/friend-request.test.ts', 'none tells who is blocked'],
  },
  'the time of an answer tells who is there': {
    promise: '10. Misuse is bounded',
    file: 'lib/service/contact/friend-request.ts',
    find: 'await inSteps(stepMs, ',
    replace: 'await inSteps(0.01, ',
    test: ['test/service/friend-request.test.ts', 'is a whole number of steps'],
  },
  'who has been logged out uses up the budget of the user': {
    promise: '10. Misuse is bounded',
    file: 'lib/service/account/admission.ts',
    find: "if state ~= 'active' then",
    replace: "if state == 'unloaded' then",
    test: ['test/service/rate-limit.test.ts', 'takes nothing when its session has ended'],
  },
  'any secret opens what is behind the edge': {
    promise: '10. Misuse is bounded',
    file: 'infra/local/edge/guard.ts',
    find: '&& timingSafeEqual(start, prefix)',
    replace: '',
    test: ['test/unit/edge-guard.test.ts', 'runs nothing for a request'],
  },
  'a duplicate key is retried for ever': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/service/message/salvage.ts',
    find: 'isDataError(error) || isDuplicateKey(error) || isBug(error)',
    replace: 'isDataError(error) || isBug(error)',
    test: ['test/service/bad-record.test.ts', 'is filed, and the others of its batch are stored'],
  },
  'an id of half a character reaches the database': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/wire/record.ts',
    find: 'record_id: gatewayId(64)',
    replace: 'record_id: z.string()',
    test: ['test/service/consumer.test.ts', 'settles what came with it'],
  },
  'a dead letter is counted each time its batch comes': {
    promise: '1. Nothing acknowledged is lost',
    file: 'lib/service/message/dead-letter.ts',
    find: 'if (filed === 0n) return\n',
    replace: '',
    test: ['test/service/bad-record.test.ts', 'is filed, and the others of its batch are stored'],
  },
  'a name may hold what no one sees': {
    promise: '11. Names and texts do not deceive',
    file: 'lib/wire/username.ts',
    find: '(?!\\p{Default_Ignorable_Code_Point})',
    replace: '',
    test: ['test/unit/username.test.ts', 'wherever it stands'],
  },
  'a name may mix scripts': {
    promise: '11. Names and texts do not deceive',
    file: 'lib/wire/username.ts',
    find: 'systems.some((system) => system.test(word)) && ',
    replace: '',
    test: ['test/unit/username.test.ts', 'a username is refused'],
  },
  'anybody may be the support': {
    promise: '11. Names and texts do not deceive',
    file: 'lib/wire/user.ts',
    find: '!isReserved(usernameKey(value))',
    replace: 'true',
    test: ['test/unit/username.test.ts', 'that looks like one that speaks for the service'],
  },
  'a picture may be a script': {
    promise: '11. Names and texts do not deceive',
    file: 'lib/wire/user.ts',
    find: 'avatar: z.optional(Avatar)',
    replace: 'avatar: z.optional(line(0, 255))',
    test: ['test/unit/contact.test.ts', 'an avatar'],
  },
  'an email may be anything': {
    promise: '11. Names and texts do not deceive',
    file: 'lib/wire/user.ts',
    find: '  email: z.optional(Email),\n',
    replace: '  email: z.optional(line(0, 128)),\n',
    test: ['test/unit/contact.test.ts', 'an email'],
  },
  'a post to half a character throws': {
    promise: '11. Names and texts do not deceive',
    file: 'lib/client/gateway.ts',
    find: "if (connectionId === '' || !connectionId.isWellFormed()) return 'gone'\n",
    replace: '',
    test: ['test/unit/gateway.test.ts', 'is gone without a request'],
  },
  'a token chooses its algorithm': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: '{ algorithms: [known.algorithm], issuer }',
    replace: '{ issuer }',
    test: ['test/unit/token-forgery.test.ts', 'is refused by another algorithm'],
  },
  'a token of any issuer counts': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: '{ algorithms: [known.algorithm], issuer }',
    replace: '{ algorithms: [known.algorithm] }',
    test: ['test/unit/token-forgery.test.ts', 'is refused from another issuer'],
  },
  'nobody checks a token’s signature': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: 'payload = jwt.verify(',
    replace: "payload = ((text: string, ..._rest: unknown[]) => jwt.decode(text) ?? '')(",
    test: ['test/unit/token-forgery.test.ts', 'a token that the key has not signed'],
  },
  'a token’s own type of session counts': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: "const areTexts = typeof username === 'string' && typeof sessionId === 'string'",
    replace: 'const areTexts = true',
    test: ['test/unit/token.test.ts', 'knows no session by the name'],
  },
  'a token outlives its session': {
    promise: 'Security',
    file: 'lib/service/account/session.ts',
    find: "if (!(await isActive(clients, claims))) throw new Refusal('SESSION_ENDED')",
    replace: '',
    test: ['test/unit/entry-authenticate.test.ts', 'is refused without a token, and after its session has ended'],
  },
  'a laptop’s keys count on Lambda': {
    promise: 'Security',
    file: 'lib/core/config.ts',
    find: "if (env.STAGE === 'local' && env.AWS_LAMBDA_RUNTIME_API)",
    replace: "if (env.STAGE === '')",
    test: ['test/unit/config.test.ts', 'is refused on Lambda, whose functions would have the keys of every laptop'],
  },
  'a cookie counts from any page': {
    promise: 'Security',
    file: 'lib/entry/bearer.ts',
    find: '|| config.cookieOrigins.includes(origin)',
    replace: '|| true',
    test: ['test/unit/bearer.test.ts', 'is not taken from a cookie if the origin is not configured'],
  },
  'anybody calls past the edge': {
    promise: 'Security',
    file: 'lib/entry/middleware/origin.ts',
    find: '.includes(true)',
    replace: '.includes(false)',
    test: ['test/unit/entry-origin.test.ts', 'is all that a route answers, before it looks at a token or a store'],
  },
  'any text is the viewer’s address': {
    promise: 'Security',
    file: 'lib/entry/middleware/origin.ts',
    find: "isIP(address ?? '') ? address : undefined",
    replace: 'address',
    test: ['test/unit/entry-origin.test.ts', 'brings the viewer’s address, and only what is one'],
  },
  'anybody answers a friend request': {
    promise: 'Security',
    file: 'lib/service/contact/friend-request.ts',
    find: "    .where('receiver_id', '=', caller)\n    .executeTakeFirst()",
    replace: '    .executeTakeFirst()',
    test: ['test/service/friend-request.test.ts', 'is decided by nobody but its receiver, and once'],
  },
  'anybody reads the history of a group': {
    promise: 'Security',
    file: 'lib/service/conversation/history.ts',
    find: 'and me.user_id = ',
    replace: 'and 0 < ',
    test: ['test/service/sync.test.ts', 'is nothing for who never belonged to it'],
  },
  'a blocked user’s request is shown': {
    promise: 'Security',
    file: 'lib/service/contact/friend-request.ts',
    find: 'status: isBlocked ? RequestStatus.unseen : RequestStatus.pending',
    replace: 'status: RequestStatus.pending',
    test: [
      'test/service/block.test.ts',
      'hides what the blocked asks or has asked, and gives them the answers of anyone',
    ],
  },
  'values are written into statements': {
    promise: 'Security',
    file: 'lib/client/mysql-pool.ts',
    find: 'connection.query({ sql, values: parameters as QueryValues }, ',
    replace:
      "connection.query({ sql: parameters.reduce((text: string, one) => text.replace('?', () => String.fromCharCode(39) + one + String.fromCharCode(39)), sql) }, ",
    test: ['test/service/sql-injection.test.ts', 'a name that is sought finds nobody'],
  },
  'what no schema names is taken': {
    promise: 'Security',
    file: 'lib/entry/input.ts',
    find: 'return result.data',
    replace: 'return value as T',
    test: ['test/unit/entry-input.test.ts', 'is reduced to what its schemas name'],
  },
  'a body may have any length': {
    promise: 'Security',
    file: 'lib/entry/middleware/body-limit.ts',
    find: ' > maxBytes',
    replace: ' > Infinity',
    test: ['test/unit/entry-input.test.ts', 'is refused above it, in decoded bytes'],
  },
  'a frame may name the route of a connection': {
    promise: 'Security',
    file: 'lib/entry/socket.ts',
    find: "if (event.requestContext.eventType === 'MESSAGE') return { statusCode: 400 }",
    replace: '',
    test: ['test/service/frame.test.ts', 'changes nothing'],
  },
  'a budget has no end': {
    promise: 'Security',
    file: 'lib/service/store/rate-limit.ts',
    find: 'if wait > 0 then return math.ceil(wait) end',
    replace: '',
    test: ['test/service/rate-limit.test.ts', 'allows so many at once and no more, however they come'],
  },
  'a fault says why': {
    promise: 'Security',
    file: 'lib/entry/middleware/refusal.ts',
    find: "return new Refusal('FAULT')",
    replace: "return new Refusal('FAULT', { field: String(error) })",
    test: [
      'test/unit/entry-envelope.test.ts',
      'a fault has the id of its request, by which its log line can be found, and no details',
    ],
  },
  'errors of the database are logged whole': {
    promise: 'Security',
    file: 'lib/core/log.ts',
    find: "if ('sqlMessage' in fault) {",
    replace: "if ('nothing' in fault) {",
    test: ['test/unit/log.test.ts', 'holds none of their values'],
  },
  'a log-in leaves no trail': {
    promise: 'Security',
    file: 'lib/entry/middleware/trail.ts',
    find: "if (event) log.info('security',",
    replace: "if (!event) log.info('security',",
    test: ['test/unit/trail.test.ts', 'is told with whence and a hash of the name'],
  },
  'a refused log-in leaves no trail': {
    promise: 'Security',
    file: 'lib/entry/middleware/refusal.ts',
    find: 'event: eventOf(refused), ',
    replace: '',
    test: ['test/unit/trail.test.ts', 'that is refused is told once, by the line of its refusal, under the same name'],
  },
  'the trail says names': {
    promise: 'Security',
    file: 'lib/entry/middleware/trail.ts',
    find: 'name: nameHash(name)',
    replace: 'name',
    test: ['test/unit/trail.test.ts', 'is told with whence and a hash of the name'],
  },
  'a cookie of another page leaves no trail': {
    promise: 'Security',
    file: 'lib/entry/bearer.ts',
    find: 'log.info(',
    replace: 'void (',
    test: ['test/unit/trail.test.ts', 'in a cookie of another page is told with the page'],
  },
  'a reply may be taken for another type': {
    promise: 'Security',
    file: 'lib/entry/middleware/envelope.ts',
    find: "      'x-content-type-options': 'nosniff',\n",
    replace: '',
    test: [
      'test/unit/entry-envelope.test.ts',
      'a result is data, with the message of its route in the language of the client',
    ],
  },
  'a wrong method is not told the right ones': {
    promise: 'Security',
    file: 'lib/entry/middleware/envelope.ts',
    find: "...(detail.allow && { allow: detail.allow.join(', ') }),",
    replace: '',
    test: ['test/unit/entry-envelope.test.ts', 'a method that a path does not have is answered with those that it has'],
  },
  'replies may be framed': {
    promise: 'Security',
    file: 'infra/local/edge/server.ts',
    find: '    response.setHeaders(new Map(Object.entries(folder === undefined ? apiHeaders : pageHeaders)))\n',
    replace: '',
    test: ['test/unit/edge-security-headers.test.ts', 'replies of the API have them'],
  },
  'a message may have any size': {
    promise: 'Security',
    file: 'infra/local/edge/socket.ts',
    find: '      maxPayload: api.limits.maxMessageBytes,\n',
    replace: '',
    test: [
      'test/unit/edge-socket.test.ts',
      'closes the socket when fragments exceed 128 KiB, and the message is not heard',
    ],
  },
  'only the first key counts': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: 'keys.find(({ kid }) => kid === header?.kid)',
    replace: 'keys[0]',
    test: ['test/unit/token.test.ts', 'verifies what any of its keys has signed'],
  },
  'passwords are stored as they are typed': {
    promise: 'Security',
    file: 'lib/service/account/user.ts',
    find: 'const hash = await passwords.hash(registration.password)',
    replace: 'const hash = registration.password',
    test: ['test/service/user.test.ts', 'is stored as a hash'],
  },
  'a password is taken for its first 72 bytes': {
    promise: 'Security',
    file: 'lib/service/account/user.ts',
    find: ' && Buffer.byteLength(given) <= passwordMaxBytes',
    replace: '',
    test: ['test/service/user.test.ts', 'is never taken for its first 72 bytes'],
  },
  'log-in tells which names exist': {
    promise: 'Security',
    file: 'lib/service/account/user.ts',
    find: "if (!user || !isVerified) throw new Refusal('BAD_CREDENTIALS')",
    replace: "if (!user || !isVerified) throw new Refusal(user ? 'WRONG_PASSWORD' : 'BAD_CREDENTIALS')",
    test: ['test/service/user.test.ts', 'that is wrong is refused like an unknown name'],
  },
  'a name is unique in one spelling only': {
    promise: 'Security',
    file: 'lib/wire/user.ts',
    find: "username.normalize('NFKC').toLowerCase()",
    replace: "username.normalize('NFKC')",
    test: ['test/service/user.test.ts', 'is the same in'],
  },
  'any server may play the database': {
    promise: 'Security',
    file: 'lib/client/mysql.ts',
    find: 'ssl: { verifyIdentity: true }',
    replace: 'ssl: { rejectUnauthorized: false }',
    test: ['test/tls/mysql.test.ts', 'to a server'],
  },
  'a script may stand in a page': {
    promise: 'Security',
    file: 'infra/local/edge/security-headers.ts',
    find: "\"default-src 'self'; img-src",
    replace: "\"default-src 'self' 'unsafe-inline'; img-src",
    test: ['test/unit/edge-security-headers.test.ts', 'the policies of the stack say the same'],
  },
  'what is no HTTP is not answered': {
    promise: 'Security',
    file: 'infra/local/edge/malformed.ts',
    find: "server.on('clientError'",
    replace: "server.on('nobody'",
    test: ['test/unit/edge-malformed.test.ts', 'is JSON, whole, and the last word'],
  },
  'the open route of health asks the stores': {
    promise: 'Security',
    file: 'infra/functions/http.ts',
    find: "'GET /api/health': 'operations/health'",
    replace: "'GET /api/health': 'operations/check'",
    test: ['test/unit/route.test.ts', 'is that of the stores on a machine, and of the functions alone'],
  },
  'guesses elsewhere count against the owner': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: 'isKnown ? own : others',
    replace: 'others',
    test: ['test/service/login-limit.test.ts', 'logs in at the first try each time from where they did before'],
  },
  'guesses do not wait': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: 'if till > now then return {till - now, till} end',
    replace: '',
    test: ['test/service/login-limit.test.ts', 'wait twice as long each time, and for a day after a hundred in a row'],
  },
  'a hundred in a row are no end': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: 'if failures >= tonumber(ARGV[3]) then',
    replace: 'if failures < 0 then',
    test: ['test/service/login-limit.test.ts', 'wait twice as long each time, and for a day after a hundred in a row'],
  },
  'old passwords are guessed without limit': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/user.ts',
    find: 'await loginLimit.guess(clients, guess, () =>',
    replace: 'await (async (check: () => Promise<boolean>) => await check())(() =>',
    test: ['test/service/login-limit.test.ts', 'count as the old password, too, and leave the session'],
  },
  'one address may try every name': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: 'return await withinNetwork(clients, networkOf(address), checkAccount)',
    replace: 'return await checkAccount()',
    test: [
      'test/service/login-limit.test.ts',
      'at ever other names are bounded; who was there before still logs in there',
    ],
  },
  'right passwords count against their address': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: 'if (isRight) await restore()',
    replace: '',
    test: ['test/service/login-limit.test.ts', 'that are right are not counted'],
  },
  'one address may register without end': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/user.ts',
    find: 'await loginLimit.countRegistration({ redis }, address)',
    replace: '',
    test: ['test/service/login-limit.test.ts', 'from one address are bounded'],
  },
  'keys hold names': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: "createHash('sha256').update(text).digest('base64url').slice(0, 22)",
    replace: "createHash('sha256') && text",
    test: ['test/service/login-limit.test.ts', 'holds no name, and not from where somebody logged in'],
  },
  'passwords are hashed on the event loop': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/client/passwords.ts',
    find: "if (config.stage !== 'local') return",
    replace: "if (config.stage !== '') return",
    test: ['test/unit/passwords.test.ts', 'leaves the event loop to others'],
  },
  'any number of hashes may wait': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/client/hash-thread.ts',
    find: 'if (waiting.length >= waitingMax)',
    replace: 'if (waiting.length > 1_000)',
    test: ['test/unit/passwords.test.ts', 'refuses more than may wait, and takes them later'],
  },
  'the time of an answer tells of an older hash': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/core/password.ts',
    find: 'cost < rounds; cost',
    replace: 'cost < 0; cost',
    test: ['test/unit/passwords.test.ts', 'takes as long to find wrong when it is older, or when there is none'],
  },
  'older hashes stay': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/user.ts',
    find: 'if (passwords.isOutdated(user.password))',
    replace: "if (user.password === '')",
    test: ['test/service/user.test.ts', 'is hashed anew at log-in if its hash costs less than those of today'],
  },
  'a new password may hold control characters': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/wire/user.ts',
    find: "  without(controls, 'must not contain control characters'),\n",
    replace: '',
    test: ['test/unit/user.test.ts', 'is refused with control characters when it is new'],
  },
  'one account may log in without end': {
    promise: '9. Who guesses is stopped, and the owner is not',
    file: 'lib/service/account/login-limit.ts',
    find: "await spend(clients, 'logIns', known)",
    replace: '',
    test: [
      'test/service/login-limit.test.ts',
      'are bounded for each account where they were given before, and nowhere else',
    ],
  },
  'a body that is no JSON is a fault': {
    promise: 'Security',
    file: 'lib/entry/middleware/json-body.ts',
    find: "throw new Refusal('INVALID_INPUT', { field: 'body: must be JSON' })",
    replace: "throw new Error('this is no JSON')",
    test: ['test/wire/fuzz.test.ts', 'answers whatever it is asked'],
  },
  'a frame that is no JSON is a fault': {
    promise: 'Security',
    file: 'lib/entry/middleware/frame-router.ts',
    find: '  } catch {\n    return undefined',
    replace: "  } catch {\n    throw new Error('this is no JSON')",
    test: ['test/wire/fuzz.test.ts', 'is answered, or ends its socket, and is never a fault'],
  },
  'a record is taken as it comes': {
    promise: 'Security',
    file: 'lib/entry/stream.ts',
    find: 'result.success ? result.data : undefined',
    replace: 'result.success ? result.data : JSON.parse(utf8.decode(payload))',
    test: ['test/service/fuzz-record.test.ts', 'a batch of odd records is settled'],
  },
  'the description allows what is refused together': {
    promise: 'Security',
    file: 'lib/wire/openapi.ts',
    find: 'if (not !== undefined)',
    replace: 'if (not === null)',
    test: ['test/unit/openapi.test.ts', 'is refused by the description, too, where the checks refuse it together'],
  },
  'the description forbids a null that counts as absent': {
    promise: 'Security',
    file: 'lib/wire/openapi.ts',
    find: "required.includes(name) ? property : { anyOf: [property, { type: 'null' }] }",
    replace: 'required.includes(name) ? property : property',
    test: ['test/unit/openapi.test.ts', 'may be null where it may be absent'],
  },
  'a token may ask for what nobody understands': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: '|| header?.crit !== undefined',
    replace: '',
    test: ['test/unit/token.test.ts', 'knows nothing that is critical'],
  },
  'a token may come from the future': {
    promise: 'Security',
    file: 'lib/core/token.ts',
    find: "typeof issuedAt === 'number' && issuedAt <= Date.now() / 1000 + skewSeconds",
    replace: "typeof issuedAt !== 'symbol'",
    test: ['test/unit/token.test.ts', 'refuses what says that it was issued at'],
  },
  'two keyboards give two passwords': {
    promise: 'Security',
    file: 'lib/wire/user.ts',
    find: '  z.overwrite(passwordForm),\n',
    replace: '',
    test: ['test/unit/user.test.ts', 'is measured in the form that is hashed'],
  },
  'marks may be heaped': {
    promise: 'Security',
    file: 'lib/wire/value.ts',
    find: '    noHeapOfMarks,\n',
    replace: '',
    test: ['test/unit/user.test.ts', 'is refused with'],
  },
  'a nickname may be the support': {
    promise: 'Security',
    file: 'lib/wire/user.ts',
    find: 'line(0, 64).check(notReserved)',
    replace: 'line(0, 64)',
    test: ['test/unit/user.test.ts', 'does not speak for the service'],
  },
  'a name may differ by a space': {
    promise: 'Security',
    file: 'lib/wire/username.ts',
    find: "!name.normalize('NFKC').includes('  ')",
    replace: "name !== '  '",
    test: ['test/unit/username.test.ts', 'with two spaces'],
  },
  'signs are no letters': {
    promise: 'Security',
    file: 'lib/wire/username.ts',
    find: ' || outlines.has(outline(withLetters(key)))',
    replace: '',
    test: ['test/unit/username.test.ts', 'with signs for letters'],
  },
  'small capitals are no letters': {
    promise: 'Security',
    file: 'lib/wire/username.ts',
    find: "a: 'аαɑ4ᴀ'",
    replace: "a: 'аαɑ4'",
    test: ['test/unit/username.test.ts', 'in small capitals'],
  },
  'a picture may lead elsewhere than it says': {
    promise: 'Security',
    file: 'lib/wire/contact.ts',
    find: '!hidden.test(form) && isPlain(form)',
    replace: 'isPlain(form)',
    test: ['test/unit/contact.test.ts', 'is not an encoded control'],
  },
  'a picture may have a user in it': {
    promise: 'Security',
    file: 'lib/wire/contact.ts',
    find: "return username === '' && password === ''",
    replace: 'return username === username && password === password',
    test: ['test/unit/contact.test.ts', 'is not an address with a user'],
  },
  'an expired token keeps its pushes': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/connection/delivery.ts',
    find: 'outbox.over ??= presence.overBy(recipient, now)',
    replace: '',
    test: ['test/service/session-end.test.ts', 'is not sent after a token has expired'],
  },
  'a session that ends does not find its connections': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/account/session.ts',
    find: 'stored.ended = true',
    replace: 'stored.ended = nil',
    test: ['test/service/session-end.test.ts', 'is not sent after a session has ended'],
  },
  'a connection opens whatever has become of its session': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/connection/presence.ts',
    find: 'local state = stateOfSession(KEYS[1], ARGV[3])',
    replace: "local state = 'active'",
    test: ['test/service/session-end.test.ts', 'is refused if its session has ended since the authorizer looked'],
  },
  'a frame after the end leaves its connection open': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/connection/delivery.ts',
    find: 'await clients.gateway.close(id, postTimeoutMs)',
    replace: '',
    test: ['test/service/session-end.test.ts', 'is refused, and ends its connection'],
  },
  'a change of sessions is not announced': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/account/session.ts',
    find: "redis.call('sadd', KEYS[2], ARGV[1])",
    replace: "redis.call('srem', KEYS[2], ARGV[1])",
    test: ['test/service/revocation.test.ts', 'somebody has made a new copy just before the commit'],
  },
  'a change is made though it could not be announced': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/account/session.ts',
    find: 'change, announced, changingSession])',
    replace: 'change, announced, changingSession]).catch(() => undefined)',
    test: ['test/service/revocation.test.ts', 'a log-out is an outage, and changes nothing'],
  },
  'a refused retry repairs nothing': {
    promise: '8. Sessions end everywhere, at once',
    file: 'lib/service/account/user.ts',
    find: 'if (!isReplaced) await session.load(clients, id)',
    replace: '',
    test: ['test/service/revocation.test.ts', 'the retry is refused'],
  },
}

/** A file's code with the edit in it, if it is the edit's file. */
function edited(path: string, code: string, edit: Edit | undefined): string | undefined {
  return edit && path === join(root, edit.file) ? code.replace(edit.find, () => edit.replace) : undefined
}

/** The break of this name; none when there is no name. */
function named(name: string | undefined): Break | undefined {
  const chosen = name === undefined ? undefined : breaks[name]
  if (name !== undefined && !chosen) throw new Error(`there is no break called ${name}`)
  return chosen
}

/** A vite plugin that applies the named break; nothing when there is no name. */
export function applied(name: string | undefined) {
  const chosen = named(name)
  return {
    name: 'break',
    enforce: 'pre' as const,
    transform: (code: string, id: string): string | undefined => edited(id, code, chosen),
  }
}

/** The same for esbuild, by a name or by an edit. */
export function broken(given: string | Edit | undefined): Plugin {
  const edit = typeof given === 'string' ? named(given) : given
  return {
    name: 'break',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/](lib|functions)[\\/].*\.ts$/ }, ({ path }) => {
        const contents = edited(path, readFileSync(path, 'utf8'), edit)
        return contents === undefined ? undefined : { contents, loader: 'ts' }
      })
    },
  }
}
