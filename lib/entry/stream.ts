/** Stream entry: turns a batch of the Kafka event source mapping into decoded records. */
import type { MSKEvent, MSKRecord } from 'aws-lambda'
import * as z from 'zod/mini'
import type { Delivered } from '../wire/record.ts'
import { fault } from './middleware/fault.ts'
import { stack } from './stack.ts'

/** The records that failed. Always none: a batch succeeds as a whole, or its handler throws. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[]
}

/**
 * The handler of a Kafka-triggered function. `run` gets all records of the event, those of a partition in order, and its
 * deadline (ms since the epoch). If it returns, the offsets of all are committed; if it throws, none is, and the batch is
 * delivered again.
 */
export function records<T>(
  schema: z.ZodMiniType<T>,
  run: (delivered: Delivered<T>[], deadline: number) => Promise<void>,
) {
  return stack<MSKEvent, MSKEvent, BatchResponse>(
    (_event, { awsRequestId }) => ({ request_id: awsRequestId }),
    [fault('batch failed')],
    async (event, context) => {
      const delivered = Object.values(event.records).flatMap((partition) =>
        partition.map((record) => decode(schema, record)),
      )
      await run(delivered, Date.now() + context.getRemainingTimeInMillis())
      return { batchItemFailures: [] }
    },
    // No early failure: the work would go on while the batch is delivered again. Lambda ends the function with its work.
    { timeoutEarlyInMillis: 0 },
  )
}

function decode<T>(
  schema: z.ZodMiniType<T>,
  { topic, partition, offset, timestamp, key, value }: MSKRecord,
): Delivered<T> {
  const payload = Buffer.from(value ?? '', 'base64')
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: key ? Buffer.from(key, 'base64') : undefined,
    payload,
    value: parse(schema, payload),
  }
}

// Refuses bytes that are not UTF-8: replaced by U+FFFD, different ids could become equal.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parse<T>(schema: z.ZodMiniType<T>, payload: Buffer): T | undefined {
  try {
    const result = z.safeParse(schema, JSON.parse(utf8.decode(payload)))
    return result.success ? result.data : undefined
  } catch {
    return undefined
  }
}
