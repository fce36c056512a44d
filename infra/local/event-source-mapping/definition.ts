// Reads a function's Kafka event sources from the resolved serverless.yml.
import type { RetryPolicy } from './retry.ts'

export type MappingDefinition = {
  readonly functionName: string
  readonly functionArn: string
  /** After which an invocation counts as failed. */
  readonly functionTimeoutMs: number
  readonly eventSourceArn: string
  readonly topic: string
  readonly consumerGroupId: string
  readonly batchSize: number
  readonly batchingWindowMs: number
  readonly pollers: number
  readonly policy: RetryPolicy
  /** The topic of the on-failure destination; without one, discarded records are only logged. */
  readonly destinationTopic: string | undefined
}

/** The parts of a resolved service that are read here. */
export type Service = {
  readonly provider: { readonly region?: string; readonly timeout?: number }
  readonly functions: Readonly<Record<string, FunctionDefinition>>
  readonly resources?: { readonly extensions?: Readonly<Record<string, { readonly Properties?: object }>> }
}

type FunctionDefinition = {
  readonly name: string
  readonly timeout?: number
  readonly events?: readonly { readonly msk?: MskEvent }[]
}

/** The `msk` event, as the framework's schema has let it pass. */
type MskEvent = {
  readonly arn: unknown
  readonly topic: string
  readonly batchSize?: number
  readonly maximumBatchingWindow?: number
  readonly enabled?: boolean
  readonly consumerGroupId?: string
  readonly filterPatterns?: readonly unknown[]
  readonly provisionedPollerConfig?: { readonly minimumPollers?: number }
}

const defaultFunctionTimeoutSeconds = 6
/** An invocation is given up this long after the function's own timeout should have ended it. */
const timeoutGraceMs = 5_000
/** "When you configure both infinite retries and an on-failure destination, Lambda applies a maximum of 10 retry attempts." */
const retriesWithDestination = 10

/**
 * Reads every enabled `msk` event of the service, together with the properties that the framework's event does not know
 * and that the service adds to the generated mapping by `resources.extensions`.
 *
 * Defaults are AWS's: 100 records, a window of 500 ms, infinite retries (10 with a destination), no age limit. A group id of
 * its own is made where AWS makes a random one. A new group starts at the beginning, whatever `startingPosition` says: any
 * other is about what a stage has in its topic.
 *
 * @throws Error naming the mapping and the property - a value that AWS would refuse, too.
 */
export function readMappings({ provider, functions, resources }: Service): MappingDefinition[] {
  const region = provider.region ?? 'us-east-1'
  return Object.entries(functions).flatMap(([key, { name, timeout, events }]) =>
    (events ?? []).flatMap(({ msk }) => {
      if (!msk || msk.enabled === false) return []
      const properties = extensionOf(key, msk.topic, resources?.extensions ?? {})
      if (msk.filterPatterns) throw new Error(`${properties.logicalId}: filterPatterns are not played`)
      const destinationTopic = readDestination(properties, msk.topic)
      const maximumRetryAttempts = properties.limit('MaximumRetryAttempts')
      return {
        functionName: name,
        functionArn: `arn:aws:lambda:${region}:123456789012:function:${name}:$LATEST`,
        functionTimeoutMs: (timeout ?? provider.timeout ?? defaultFunctionTimeoutSeconds) * 1_000 + timeoutGraceMs,
        eventSourceArn: typeof msk.arn === 'string' ? msk.arn : `arn:aws:kafka:${region}:123456789012:cluster/local/0`,
        topic: msk.topic,
        consumerGroupId: msk.consumerGroupId ?? `${name}-${msk.topic}`,
        batchSize: properties.number('BatchSize') ?? msk.batchSize ?? 100,
        batchingWindowMs:
          (properties.number('MaximumBatchingWindowInSeconds') ?? msk.maximumBatchingWindow ?? 0.5) * 1_000,
        pollers: msk.provisionedPollerConfig?.minimumPollers ?? 1,
        policy: {
          reportsItemFailures: properties.list('FunctionResponseTypes').includes('ReportBatchItemFailures'),
          maximumRetryAttempts: maximumRetryAttempts ?? (destinationTopic ? retriesWithDestination : Infinity),
          maximumRecordAgeMs: (properties.limit('MaximumRecordAgeInSeconds') ?? Infinity) * 1_000,
          bisectsOnError: properties.value('BisectBatchOnFunctionError') === true,
        },
        destinationTopic,
      }
    }),
  )
}

type Properties = {
  readonly logicalId: string
  value(name: string): unknown
  number(name: string): number | undefined
  /** A number that is absent when it is -1, which AWS reads as infinite. */
  limit(name: string): number | undefined
  list(name: string): readonly unknown[]
}

/**
 * Finds the extension of a mapping. The framework names it `<Fn>EventSourceMappingMSK<Cluster><Topic>`; the cluster is part
 * of an ARN that may be known only when deployed, so the function and the topic decide.
 */
function extensionOf(
  functionKey: string,
  topic: string,
  extensions: NonNullable<NonNullable<Service['resources']>['extensions']>,
): Properties {
  const prefix = `${upperFirst(functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore'))}EventSourceMappingMSK`
  const suffix = upperFirst(topic.replaceAll(/[^0-9A-Za-z]/g, '')).slice(0, 79)
  const logicalId =
    Object.keys(extensions).find((id) => id.startsWith(prefix) && id.endsWith(suffix)) ?? `${prefix}…${suffix}`
  const properties = extensions[logicalId]?.Properties ?? {}

  const value = (name: string): unknown => Reflect.get(properties, name)
  const number = (name: string) => {
    const given = value(name)
    if (given === undefined || given === null) return undefined
    const read = typeof given === 'string' && given.trim() === '' ? Number.NaN : Number(given)
    if (!Number.isInteger(read))
      throw new Error(`${logicalId}: ${name} is not a whole number: ${JSON.stringify(given)}`)
    return read
  }
  const limit = (name: string) => {
    const read = number(name)
    return read === -1 ? undefined : read
  }
  const list = (name: string) => {
    const given = value(name)
    return Array.isArray(given) ? given : []
  }
  return { logicalId, value, number, limit, list }
}

function readDestination(properties: Properties, sourceTopic: string): string | undefined {
  const onFailure = Reflect.get(Object(properties.value('DestinationConfig')), 'OnFailure')
  const destination: unknown = Reflect.get(Object(onFailure), 'Destination')
  if (destination === undefined) return undefined
  if (typeof destination !== 'string' || !destination.startsWith('kafka://')) {
    throw new Error(`${properties.logicalId}: only kafka://<topic> is played as an on-failure destination`)
  }
  const topic = destination.slice('kafka://'.length)
  // "Lambda prevents infinite loops by blocking configurations where the source and destination topics are the same."
  if (topic === sourceTopic) throw new Error(`${properties.logicalId}: the on-failure topic is the source topic`)
  return topic
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
