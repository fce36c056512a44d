import { describe, expect, it } from 'vitest'
import { type MappingDefinition, readMappings, type Service } from '../../definition.ts'

const arn = 'arn:aws:kafka:eu-west-1:123456789012:cluster/chat/abcd-1'

describe('a mapping', () => {
  it('has the defaults of AWS', () => {
    expect(readMappings(service({ arn, topic: 'orders' }))).toEqual([
      {
        functionName: 'shop-dev-persist',
        functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:shop-dev-persist:$LATEST',
        functionTimeoutMs: 11_000,
        eventSourceArn: arn,
        topic: 'orders',
        consumerGroupId: 'shop-dev-persist-orders',
        batchSize: 100,
        batchingWindowMs: 500,
        pollers: 1,
        policy: {
          reportsItemFailures: false,
          maximumRetryAttempts: Number.POSITIVE_INFINITY,
          maximumRecordAgeMs: Number.POSITIVE_INFINITY,
          bisectsOnError: false,
        },
        destinationTopic: undefined,
      } satisfies MappingDefinition,
    ])
  })

  it('takes what the event says', () => {
    const [mapping] = readMappings(
      service({
        arn,
        topic: 'orders',
        batchSize: 500,
        maximumBatchingWindow: 2,
        consumerGroupId: 'persist',
        provisionedPollerConfig: { minimumPollers: 4 },
      }),
    )
    expect(mapping).toMatchObject({
      batchSize: 500,
      batchingWindowMs: 2_000,
      consumerGroupId: 'persist',
      pollers: 4,
    })
  })

  it('takes what an extension of the generated resource adds', () => {
    const [mapping] = readMappings(
      service(
        { arn, topic: 'chat.records-v1', maximumBatchingWindow: 2 },
        {
          PersistEventSourceMappingMSKChatChatrecordsv1: {
            Properties: {
              FunctionResponseTypes: ['ReportBatchItemFailures'],
              MaximumBatchingWindowInSeconds: 0,
              MaximumRetryAttempts: '10000',
              MaximumRecordAgeInSeconds: 86_400,
              BisectBatchOnFunctionError: true,
              DestinationConfig: { OnFailure: { Destination: 'kafka://dead' } },
            },
          },
        },
      ),
    )
    expect(mapping).toMatchObject({
      batchingWindowMs: 0,
      policy: {
        reportsItemFailures: true,
        maximumRetryAttempts: 10_000,
        maximumRecordAgeMs: 86_400_000,
        bisectsOnError: true,
      },
      destinationTopic: 'dead',
    })
  })

  it('finds its extension by function and topic, whatever the cluster is called and however the function is spelled', () => {
    const ref = { Ref: 'ChatCluster' }
    const extensions = {
      StreamDashpersistEventSourceMappingMSKChatClusterOrders: { Properties: { MaximumRetryAttempts: 1 } },
      StreamDashpersistEventSourceMappingMSKChatClusterDead: { Properties: { MaximumRetryAttempts: 2 } },
      StreamUnderscorepersistEventSourceMappingMSKChatClusterOrders: { Properties: { MaximumRetryAttempts: 3 } },
    }
    const functions = {
      'stream-persist': {
        name: 'a',
        events: [{ msk: { arn: ref, topic: 'orders' } }, { msk: { arn: ref, topic: 'dead' } }],
      },
      stream_persist: { name: 'b', events: [{ msk: { arn: ref, topic: 'orders' } }] },
    }
    const mappings = readMappings({ provider: {}, functions, resources: { extensions } })
    expect(mappings.map(({ policy }) => policy.maximumRetryAttempts)).toEqual([1, 2, 3])
  })

  it('retries ten times when it has a destination and no limit, as Lambda does', () => {
    const destination = { DestinationConfig: { OnFailure: { Destination: 'kafka://dead' } } }
    for (const limit of [{}, { MaximumRetryAttempts: -1 }]) {
      expect(extended({ ...destination, ...limit })).toMatchObject({ policy: { maximumRetryAttempts: 10 } })
    }
    expect(extended({ ...destination, MaximumRetryAttempts: 0 })).toMatchObject({ policy: { maximumRetryAttempts: 0 } })
  })

  it('reads -1 as infinite', () => {
    const infinite = { maximumRetryAttempts: Number.POSITIVE_INFINITY, maximumRecordAgeMs: Number.POSITIVE_INFINITY }
    expect(extended({ MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1 })).toMatchObject({ policy: infinite })
  })

  it('waits for the timeout of its function, or else of the provider', () => {
    const functions = { persist: { name: 'f', timeout: 30, events: [{ msk: { arn, topic: 'orders' } }] } }
    expect(readMappings({ provider: { timeout: 10 }, functions })).toMatchObject([{ functionTimeoutMs: 35_000 }])
    const { persist } = functions
    expect(
      readMappings({ provider: { timeout: 10 }, functions: { persist: { ...persist, timeout: undefined } } }),
    ).toMatchObject([{ functionTimeoutMs: 15_000 }])
  })

  it('refuses filter patterns rather than letting every record pass', () => {
    expect(() => readMappings(service({ arn, topic: 'orders', filterPatterns: [{}] }))).toThrow(
      /filterPatterns are not played/,
    )
  })

  it('is left out when it is disabled, and other events are none', () => {
    expect(readMappings(service({ arn, topic: 'orders', enabled: false }))).toEqual([])
    expect(
      readMappings({ provider: {}, functions: { list: { name: 'f' }, get: { name: 'g', events: [{}] } } }),
    ).toEqual([])
  })

  it.each([
    [{ MaximumRetryAttempts: 'many' }, /MaximumRetryAttempts is not a whole number: "many"/],
    [{ MaximumBatchingWindowInSeconds: '' }, /MaximumBatchingWindowInSeconds is not a whole number/],
    [
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:1:dead' } } },
      /only kafka:\/\/<topic> is played/,
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: 'kafka://orders' } } },
      /the on-failure topic is the source topic/,
    ],
  ])('refuses %j by name', (properties, message) => {
    expect(() => extended(properties)).toThrow(message)
    expect(() => extended(properties)).toThrow(/^PersistEventSourceMappingMSKChatOrders: /)
  })
})

type Msk = NonNullable<NonNullable<Service['functions'][string]['events']>[number]['msk']>

function service(msk: Msk, extensions: NonNullable<Service['resources']>['extensions'] = {}): Service {
  return {
    provider: {},
    functions: { persist: { name: 'shop-dev-persist', events: [{ msk }] } },
    resources: { extensions },
  }
}

function extended(Properties: object): MappingDefinition | undefined {
  return readMappings(service({ arn, topic: 'orders' }, { PersistEventSourceMappingMSKChatOrders: { Properties } }))[0]
}
