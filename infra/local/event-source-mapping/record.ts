// A Kafka record on its way into a Lambda event.
import type { KafkaMessage } from 'kafkajs'

/** A record with its place in the topic, and its finished JSON as it stands in an event. */
export type KafkaRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970, as its producer stamped it. */
  readonly timestamp: number
  /** The partition key; a record sent to an on-failure topic keeps it. */
  readonly key: Buffer | null
  readonly json: string
  readonly bytes: number
}

/**
 * Turns a fetched message into its place in an event: key and value in base64, left out where Kafka has null (a tombstone
 * reaches a function without `value`); a header is its name and its bytes.
 *
 * Header bytes are signed, from -128 to 127: Lambda's pollers are written in Java, and its events carry Java's bytes
 * (aws-lambda-go#506, powertools-lambda-python#6862).
 */
export function toRecord(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const offset = Number(message.offset)
  const timestamp = Number(message.timestamp)
  const json = JSON.stringify({
    topic,
    partition,
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    key: message.key?.toString('base64'),
    value: message.value?.toString('base64'),
    headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
      [values ?? []].flat().map((value) => ({ [name]: signedBytes(value) })),
    ),
  })
  return { topic, partition, offset, timestamp, key: message.key, json, bytes: Buffer.byteLength(json) }
}

function signedBytes(value: Buffer | string): number[] {
  return [...new Int8Array(Buffer.from(value))]
}
