// Reads a function's answer about its batch, when the mapping reports batch item failures.
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html#kafka-partial-batch-response
import { partitionKey } from './event.ts'
import type { KafkaRecord } from './record.ts'

export type BatchResponse =
  | { readonly kind: 'complete' }
  /** Everything before each partition's first failure is done; `again` is the rest, in order. */
  | { readonly kind: 'partial'; readonly again: readonly KafkaRecord[] }
  /** The answer cannot be read, or names a record that was not in the event: the whole batch failed. */
  | { readonly kind: 'malformed'; readonly why: string }

/**
 * Reads a partial batch response.
 *
 * As AWS documents it: with empty JSON or null everything is done; a partition or offset that was not in the event fails
 * the whole batch. Of several failures in one partition the lowest offset counts, and what follows it comes again.
 */
export function readResponse(records: readonly KafkaRecord[], payload: string): BatchResponse {
  const answer = parse(payload)
  if (answer === undefined) return malformed('the answer is not JSON')
  if (isEmpty(answer)) return { kind: 'complete' }
  if (typeof answer !== 'object' || Array.isArray(answer)) return malformed('the answer is not an object')

  const failures = field(answer, 'batchItemFailures') ?? []
  if (!Array.isArray(failures)) return malformed('batchItemFailures is not a list')
  if (failures.length === 0) return { kind: 'complete' }

  const isInEvent = new Set(records.map((record) => `${partitionKey(record)}@${record.offset}`))
  const firstFailure = new Map<string, number>()
  for (const failure of failures) {
    const partition = field(field(failure, 'itemIdentifier'), 'partition')
    const offset = field(field(failure, 'itemIdentifier'), 'offset')
    if (typeof partition !== 'string' || typeof offset !== 'number' || !isInEvent.has(`${partition}@${offset}`)) {
      return malformed(`no such record in the event: ${JSON.stringify(failure)}`)
    }
    firstFailure.set(partition, Math.min(offset, firstFailure.get(partition) ?? offset))
  }

  const isAgain = (record: KafkaRecord) => record.offset >= (firstFailure.get(partitionKey(record)) ?? Infinity)
  return { kind: 'partial', again: records.filter(isAgain) }
}

function malformed(why: string): BatchResponse {
  return { kind: 'malformed', why }
}

/** A function that returns nothing answers with no body, or with null. */
function isEmpty(answer: unknown): boolean {
  if (answer === null || answer === '') return true
  return typeof answer === 'object' && Object.keys(answer).length === 0
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function parse(payload: string): unknown {
  if (payload.trim() === '') return null
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
