/**
 * One-line breaks of the consumer, and what the checker must find while a fault strikes: it has to be able to fail.
 *
 * A break is applied when the consumer is built; no file is touched.
 *
 *     npx node test/fault/breaks.ts                every break
 *     npx node test/fault/breaks.ts commit mark    those whose name holds one of these
 */
import type { Kind } from './checker.ts'
import type { Edit } from './consumer.ts'
import { type Row, runEpisode } from './episode.ts'
import { faults } from './faults.ts'
import { seeded } from './random.ts'
import { tell } from './report.ts'
import { openStage, type Stage } from './stage.ts'

export interface Break {
  name: string
  edits: Edit[]
  /** The fault under which it shows. */
  fault: string
  /** One of these has to be found. */
  finds: Kind[]
  /** Of people who talk; 4 unless it takes more to see it. */
  pairs?: number
}

export const breaks: readonly Break[] = [
  {
    name: 'acknowledged without a row',
    edits: [
      {
        file: 'lib/service/message/store.ts',
        find: '...(added.length > 0 ? insert(db, added) : []),',
        replace: '...(added.length > 1 ? insert(db, added) : []),',
      },
    ],
    fault: 'none',
    finds: ['lost'],
  },
  {
    name: 'a client’s id is not kept',
    edits: [
      {
        file: 'lib/service/message/resolve.ts',
        find: 'client_msg_id: record.client_msg_id === undefined ? null : Buffer.from(record.client_msg_id),',
        replace: 'client_msg_id: null,',
      },
    ],
    fault: 'none',
    finds: ['doubled'],
  },
  {
    name: 'a redelivered record is new',
    edits: [
      {
        file: 'lib/service/message/resolve.ts',
        find: 'record_id: Buffer.from(record.record_id),',
        replace: 'record_id: Buffer.from(String(Math.random())),',
      },
    ],
    fault: 'batch redelivered after its success',
    finds: ['doubled'],
  },
  {
    name: 'settled before it is stored',
    edits: [
      {
        file: 'lib/entry/stream.ts',
        find: '        await run(',
        replace: '        void run(',
      },
    ],
    fault: 'consumer killed between receive and commit',
    finds: ['lost'],
  },
  {
    name: 'answered before the commit',
    edits: [
      {
        file: 'lib/service/store/transaction.ts',
        find: 'return committed(await commit(connection, writes))',
        replace:
          'const changes = []; for (const write of writes) changes.push({ insertId: Number((await connection.executeQuery(write)).insertId ?? 0) }); setTimeout(() => void commit(connection, []), 100); return committed(changes)',
      },
    ],
    fault: 'consumer killed between receive and commit',
    finds: ['lost'],
  },
  {
    name: 'numbers leave holes',
    edits: [
      {
        file: 'lib/service/message/resolve.ts',
        find: 'conversation.seq += 1\n',
        replace: 'conversation.seq += record.content.includes("7 ") ? 2 : 1\n',
      },
    ],
    fault: 'none',
    finds: ['hole'],
  },
  {
    name: 'strangers may write',
    edits: [
      {
        file: 'lib/service/message/resolve.ts',
        find: 'if (!conversation || !sender) {',
        replace: 'if (!conversation) {',
      },
    ],
    fault: 'none',
    finds: ['wrong verdict'],
  },
  {
    name: 'conversations are not locked',
    edits: [{ file: 'lib/service/message/store.ts', find: '.forUpdate()', replace: '' }],
    fault: 'friendship ended while messages are stored',
    finds: ['wrong verdict'],
  },
  {
    name: 'any body passes under a used id',
    edits: [
      {
        file: 'lib/service/message/resolve.ts',
        find: 'const isSame = bodyHash.equals(resent.bodyHash)',
        replace: 'const isSame = true',
      },
    ],
    fault: 'none',
    finds: ['wrong verdict'],
  },
  {
    name: 'a push is given up without a mark',
    edits: [
      {
        file: 'lib/service/connection/delivery.ts',
        find: 'await note(redis, userId, connectionId)',
        replace: 'await Promise.resolve(note)',
      },
    ],
    fault: 'posts answered 500',
    // Who sends from where the posts fail notices by the answers that do not come: with few, nobody else may be struck.
    pairs: 16,
    finds: ['missed in silence'],
  },
  {
    name: 'unread counts stand still',
    edits: [
      {
        file: 'lib/service/message/store.ts',
        find: 'set own_after_read = own_after_read +',
        replace: 'set own_after_read = own_after_read + 0 *',
      },
    ],
    fault: 'none',
    finds: ['unread'],
  },
  {
    name: 'a resend gets a time of its own',
    edits: [
      {
        file: 'lib/service/message/consume.ts',
        find: "storedFrame(outcome.record, client_msg_id, outcome.placed, outcome.kind === 'resent')",
        replace:
          "storedFrame(outcome.record, client_msg_id, outcome.kind === 'resent' ? { ...outcome.placed, createdAt: now } : outcome.placed, outcome.kind === 'resent')",
      },
    ],
    fault: 'none',
    finds: ['answer differs'],
  },
]

/** Runs a short workload on each break in turn. @returns how many the checker has caught, and how many not. */
export async function seeCaught(
  chosen: readonly Break[],
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<{ passed: number; failed: number }> {
  const stage = await openStage(say, { signal })
  let passed = 0
  try {
    for (const one of chosen) {
      signal?.throwIfAborted()
      const row = await runBroken(stage, one)
      const isCaught = row.findings.some(({ kind }) => one.finds.includes(kind))
      if (isCaught) passed += 1
      say(`${isCaught ? '✓ caught' : '✗ NOT CAUGHT'}: ${one.name}, under: ${one.fault}`)
      for (const line of tell(row)) say(`    ${line}`)
    }
    return { passed, failed: chosen.length - passed }
  } finally {
    await stage.stop()
  }
}

async function runBroken(stage: Stage, { edits, fault: name, pairs = 4 }: Break): Promise<Row> {
  const fault = faults.find((one) => one.name === name)
  if (!fault) throw new Error(`there is no fault called ${name}`)
  await stage.breakConsumer(edits)
  const label = `b${Date.now().toString(36)}`
  return await runEpisode(fault, {
    stage,
    random: seeded(11),
    pairs,
    perSecond: 100,
    messages: 500,
    strikes: 2,
    unnamedShare: 0.3,
    label,
    settleMs: 6_000,
  })
}

if (import.meta.main) {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
  }
  const words = process.argv.slice(2)
  const chosen = breaks.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  const { passed, failed } = await seeCaught(chosen, (line) => console.log(line), interrupted.signal)
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}
