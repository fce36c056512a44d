// The event a function is given: records of one or several partitions, within Lambda's payload limit.
// https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html (example event)
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html (batching behavior)
import type { KafkaRecord } from './record.ts'

export type EventSource = { readonly eventSourceArn: string; readonly bootstrapServers: string }

export type BatchLimits = { readonly batchSize: number; readonly maxBytes: number }

/** A synchronous invocation takes 6 MB: "Request must be smaller than 6291456 bytes". */
export const payloadLimitBytes = 6 * 1024 * 1024

/** Where a partition's records stand in an event, and how a response names it. */
export function partitionKey({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}

/** Writes the event's JSON: the records of a partition in the order given. */
export function buildEvent(source: EventSource, records: readonly KafkaRecord[]): string {
  const partitions = [...Map.groupBy(records, partitionKey)].map(
    ([key, group]) => `${JSON.stringify(key)}:[${group.map(({ json }) => json).join(',')}]`,
  )
  return `${envelope(source)}{${partitions.join(',')}}}`
}

/**
 * Counts how many of the waiting records, from the first, make the next event: at most `batchSize`, and no more than
 * `maxBytes` of JSON. The first record always goes, however big it is, or it would never leave. The records of one
 * partition stand together.
 */
export function countFitting(source: EventSource, waiting: readonly KafkaRecord[], limits: BatchLimits): number {
  let bytes = Buffer.byteLength(envelope(source)) + '{}}'.length
  let last: KafkaRecord | undefined
  let count = 0
  for (const record of waiting) {
    if (count === limits.batchSize) break
    bytes += record.bytes + cost(record, last)
    if (count > 0 && bytes > limits.maxBytes) break
    last = record
    count += 1
  }
  return count
}

/** What a record adds besides itself: a comma, or the opening of its partition. */
function cost(record: KafkaRecord, last: KafkaRecord | undefined): number {
  if (last?.partition === record.partition) return ','.length
  return Buffer.byteLength(JSON.stringify(partitionKey(record))) + ':[]'.length + (last ? ','.length : 0)
}

function envelope({ eventSourceArn, bootstrapServers }: EventSource): string {
  const fields = JSON.stringify({ eventSource: 'aws:kafka', eventSourceArn, bootstrapServers })
  return `${fields.slice(0, -1)},"records":`
}
