// Decides about a batch after an invocation: done, split, tried again, or given up. Pure: takes clock and random number.
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
import type { KafkaRecord } from './record.ts'
import { readResponse } from './response.ts'

export type RetryPolicy = {
  readonly reportsItemFailures: boolean
  /** Retries after the first attempt; infinite unless configured. */
  readonly maximumRetryAttempts: number
  /** Older records are not sent to the function; infinite unless configured. */
  readonly maximumRecordAgeMs: number
  readonly bisectsOnError: boolean
}

/** The result of an invocation. */
export type Outcome =
  | { readonly kind: 'returned'; readonly payload: string }
  | { readonly kind: 'function-error'; readonly error: string }
  /** The batch did not reach the function, so this is no retry of it: it is sent again until it does, or is too old. */
  | { readonly kind: 'not-reached'; readonly error: string }
  | { readonly kind: 'too-large'; readonly error: string }

/** RetriesExhausted and MaximumPayloadSizeExceeded are documented for Kafka; the name for age is assumed. */
export type Condition = 'RetriesExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded'

export type Discard = {
  readonly records: readonly KafkaRecord[]
  readonly condition: Condition
  readonly invocations: number
  /** Absent when the function was never invoked, or never answered. */
  readonly answer: 'function-error' | 'returned' | undefined
}

/** A part of the batch that is sent in one invocation. */
export type Attempt = {
  readonly records: readonly KafkaRecord[]
  readonly retries: number
  readonly invocations: number
  readonly answer: 'function-error' | 'returned' | undefined
}

/** A batch under way: its open parts, in the order in which they must be done, and the failures in a row of the first. */
export type Work = { readonly attempts: readonly Attempt[]; readonly failures: number }

export type Step = { readonly work: Work; readonly discarded: readonly Discard[] }

const backoffBaseMs = 100
const backoffCapMs = 5_000

export function begin(records: readonly KafkaRecord[]): Work {
  return { attempts: [{ records, retries: 0, invocations: 0, answer: undefined }], failures: 0 }
}

/** Removes the records that are too old from the next part, before it is sent. */
export function expire(work: Work, policy: RetryPolicy, now: number): Step {
  const [next, ...rest] = work.attempts
  if (!next) return { work, discarded: [] }
  const isExpired = (record: KafkaRecord) => now - record.timestamp > policy.maximumRecordAgeMs
  const expired = next.records.filter(isExpired)
  if (expired.length === 0) return { work, discarded: [] }
  const fresh = next.records.filter((record) => !isExpired(record))
  const attempts = fresh.length > 0 ? [{ ...next, records: fresh }, ...rest] : rest
  return { work: { ...work, attempts }, discarded: [discard({ ...next, records: expired }, 'RecordAgeExceeded')] }
}

/**
 * Applies the outcome of the invocation with the next part.
 *
 * What a partial response leaves open is a batch of its own. A part that failed as a whole (or finished nothing) is split in
 * halves when the mapping bisects; a single record, or any part of a mapping that does not bisect, is tried again until
 * its retries are exhausted. Retries count for one unchanged batch: a smaller one starts at zero.
 *
 * For Kafka, AWS says no more than "retry each separately"; the rules on splitting are those of its streams
 * (services-kinesis-batchfailurereporting: bisected "regardless of your ReportBatchItemFailures setting";
 * kinesis-on-failure-destination: "splitting batches doesn't consume the retry quota").
 */
export function advance(work: Work, policy: RetryPolicy, outcome: Outcome): Step {
  const [current, ...rest] = work.attempts
  if (!current) return { work, discarded: [] }
  const failures = work.failures + 1

  if (outcome.kind === 'not-reached') return { work: { ...work, failures }, discarded: [] }
  if (outcome.kind === 'too-large') {
    if (current.records.length > 1) return goOn([...halves(current), ...rest], 0)
    return goOn(rest, 0, discard(current, 'MaximumPayloadSizeExceeded'))
  }

  const tried: Attempt = { ...current, invocations: current.invocations + 1, answer: outcome.kind }
  const open = openRecords(tried, policy, outcome)
  if (open.length === 0) return goOn(rest, 0)
  if (open.length < tried.records.length) return goOn([{ ...tried, records: open, retries: 0 }, ...rest], 1)
  if (policy.bisectsOnError && open.length > 1) return goOn([...halves(tried), ...rest], failures)
  if (tried.retries >= policy.maximumRetryAttempts) return goOn(rest, 0, discard(tried, 'RetriesExhausted'))
  return goOn([{ ...tried, retries: tried.retries + 1 }, ...rest], failures)
}

/** Leaves out the records of partitions that are no longer ours: whoever owns them now reads them again. */
export function keepPartitions(work: Work, isKept: (partition: number) => boolean): Work {
  const attempts = work.attempts.map((attempt) => ({
    ...attempt,
    records: attempt.records.filter(({ partition }) => isKept(partition)),
  }))
  return { ...work, attempts: attempts.filter(({ records }) => records.length > 0) }
}

/** The lowest offset of a partition that is still open; everything before it is done. */
export function firstOpenOffset(work: Work, partition: number): number | undefined {
  const open = work.attempts.flatMap(({ records }) => records.filter((record) => record.partition === partition))
  return open.length > 0 ? Math.min(...open.map(({ offset }) => offset)) : undefined
}

/** How long to wait after so many failures in a row: 100 ms, doubling to 5 s; the upper half is random. */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(backoffBaseMs * 2 ** (failures - 1), backoffCapMs)
  return ceiling / 2 + (random * ceiling) / 2
}

function openRecords({ records }: Attempt, policy: RetryPolicy, outcome: Outcome): readonly KafkaRecord[] {
  if (outcome.kind !== 'returned') return records
  if (!policy.reportsItemFailures) return []
  const response = readResponse(records, outcome.payload)
  if (response.kind === 'partial') return response.again
  return response.kind === 'complete' ? [] : records
}

function goOn(attempts: readonly Attempt[], failures: number, ...discarded: readonly Discard[]): Step {
  return { work: { attempts, failures }, discarded }
}

function halves(attempt: Attempt): Attempt[] {
  const middle = Math.ceil(attempt.records.length / 2)
  return [attempt.records.slice(0, middle), attempt.records.slice(middle)].map((records) => ({
    ...attempt,
    records,
    retries: 0,
  }))
}

function discard({ records, invocations, answer }: Attempt, condition: Condition): Discard {
  return { records, condition, invocations, answer }
}
