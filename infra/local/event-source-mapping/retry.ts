// What becomes of a batch after an invocation: settled, split, tried again, or given up. Pure: clock and chance are handed in.
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
import type { KafkaRecord } from './record.ts'
import { settle } from './response.ts'

export type RetryPolicy = {
  readonly reportsItemFailures: boolean
  /** Retries after the first attempt; infinite unless configured. */
  readonly maximumRetryAttempts: number
  /** Older records are not sent to the function; infinite unless configured. */
  readonly maximumRecordAgeMs: number
  readonly bisectsOnError: boolean
}

/** What an invocation came to. */
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
  /** Absent when the function was never asked, or never answered. */
  readonly answer: 'function-error' | 'returned' | undefined
}

/** A part of the batch that is invoked for as one. */
export type Attempt = {
  readonly records: readonly KafkaRecord[]
  readonly retries: number
  readonly invocations: number
  readonly answer: 'function-error' | 'returned' | undefined
}

/** A batch in hand: its open parts, in the order in which they must be settled, and the failures in a row of the first. */
export type Work = { readonly attempts: readonly Attempt[]; readonly failures: number }

export type Step = { readonly work: Work; readonly discarded: readonly Discard[] }

const backoffBaseMs = 100
const backoffCapMs = 5_000

export function begin(records: readonly KafkaRecord[]): Work {
  return { attempts: [{ records, retries: 0, invocations: 0, answer: undefined }], failures: 0 }
}

/** Takes the records that have grown too old out of the part that is next, before it is sent. */
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
 * Applies the outcome of invoking for the part that is next.
 *
 * A failed part is split in halves when the mapping bisects, and splitting does not consume the retry quota; a single
 * record, or any part of a mapping that does not bisect, is tried again until its retries are exhausted. A partial
 * response that settles something is such a split too: at the record it names. The two rules on splitting are AWS's for
 * streams (services-kinesis-batchfailurereporting, kinesis-on-failure-destination); for Kafka they are not documented.
 */
export function advance(work: Work, policy: RetryPolicy, outcome: Outcome): Step {
  const [current, ...rest] = work.attempts
  if (!current) return { work, discarded: [] }

  if (outcome.kind === 'not-reached') return { work: { ...work, failures: work.failures + 1 }, discarded: [] }
  if (outcome.kind === 'too-large') {
    if (current.records.length > 1)
      return { work: { attempts: [...halves(current), ...rest], failures: 0 }, discarded: [] }
    return { work: { attempts: rest, failures: 0 }, discarded: [discard(current, 'MaximumPayloadSizeExceeded')] }
  }

  const tried: Attempt = { ...current, invocations: current.invocations + 1, answer: outcome.kind }
  const settlement = outcome.kind === 'returned' && policy.reportsItemFailures && settle(tried.records, outcome.payload)
  if (outcome.kind === 'returned' && (!settlement || settlement.kind === 'complete')) {
    return { work: { attempts: rest, failures: 0 }, discarded: [] }
  }

  if (settlement && settlement.kind === 'partial') {
    const remainder: Attempt = { ...tried, records: settlement.again }
    const hasProgress = remainder.records.length < tried.records.length
    if (hasProgress && policy.bisectsOnError)
      return { work: { attempts: [remainder, ...rest], failures: 1 }, discarded: [] }
    return retry(remainder, rest, policy, hasProgress ? 1 : work.failures + 1)
  }

  if (policy.bisectsOnError && tried.records.length > 1) {
    return { work: { attempts: [...halves(tried), ...rest], failures: work.failures + 1 }, discarded: [] }
  }
  return retry(tried, rest, policy, work.failures + 1)
}

/** Leaves out the records of partitions that are no longer ours: whoever owns them now reads them again. */
export function keepPartitions(work: Work, isKept: (partition: number) => boolean): Work {
  const attempts = work.attempts.map((attempt) => ({
    ...attempt,
    records: attempt.records.filter(({ partition }) => isKept(partition)),
  }))
  return { ...work, attempts: attempts.filter(({ records }) => records.length > 0) }
}

/** The lowest offset of a partition that is still open; before it everything is settled. */
export function firstOpenOffset(work: Work, partition: number): number | undefined {
  const open = work.attempts.flatMap(({ records }) => records.filter((record) => record.partition === partition))
  return open.length > 0 ? Math.min(...open.map(({ offset }) => offset)) : undefined
}

/** How long to wait after so many failures in a row: from 100 ms doubling to 5 s, the upper half of it by chance. */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(backoffBaseMs * 2 ** (failures - 1), backoffCapMs)
  return ceiling / 2 + (random * ceiling) / 2
}

function retry(tried: Attempt, rest: readonly Attempt[], policy: RetryPolicy, failures: number): Step {
  if (tried.retries >= policy.maximumRetryAttempts) {
    return { work: { attempts: rest, failures: 0 }, discarded: [discard(tried, 'RetriesExhausted')] }
  }
  return { work: { attempts: [{ ...tried, retries: tried.retries + 1 }, ...rest], failures }, discarded: [] }
}

function halves(attempt: Attempt): Attempt[] {
  const middle = Math.ceil(attempt.records.length / 2)
  return [attempt.records.slice(0, middle), attempt.records.slice(middle)].map((records) => ({ ...attempt, records }))
}

function discard({ records, invocations, answer }: Attempt, condition: Condition): Discard {
  return { records, condition, invocations, answer }
}
