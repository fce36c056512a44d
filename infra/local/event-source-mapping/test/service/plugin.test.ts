// The plugin as the framework runs it: a resolved service, options, and the hooks of serverless-offline.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import EventSourceMappingPlugin from '../../plugin.ts'
import { brokers, close, committed, groupOf, makeLambda, makeTopic, members, open, send, stopAll } from './testbed.ts'

const nowhere = 9
let plugin: EventSourceMappingPlugin | undefined

beforeAll(open)
afterEach(async () => {
  await plugin?.hooks['before:offline:start:end']?.()
  await stopAll()
})
afterAll(close)

describe('the plugin', () => {
  it('invokes a function with what its own msk event names, where serverless-offline listens', async () => {
    const topic = await makeTopic(2)
    const lambda = await makeLambda(topic)
    await start(topic, {}, { host: '127.0.0.1', lambdaPort: lambda.port })
    await send(topic, 1, 'a', 'b')

    await committed(topic, { 1: 2 })
    expect(lambda.values(1)).toEqual(['a', 'b'])
    expect(lambda.events[0]).toMatchObject({ eventSource: 'aws:kafka', eventSourceArn: arn, bootstrapServers: brokers })
  })

  it('invokes it in another process instead, where that is configured', async () => {
    const topic = await makeTopic(1)
    const lambda = await makeLambda(topic)
    await start(topic, { invokeUrl: `http://127.0.0.1:${lambda.port}` }, { lambdaPort: nowhere })
    await send(topic, 0, 'a')
    await committed(topic, { 0: 1 })
  })

  it('commits and leaves before serverless-offline ends', async () => {
    const topic = await makeTopic(1)
    const lambda = await makeLambda(topic)
    await start(topic, {}, { host: '127.0.0.1', lambdaPort: lambda.port })
    await send(topic, 0, 'a')
    await committed(topic, { 0: 1 })
    expect(await members(topic)).toHaveLength(1)
    await plugin?.hooks['before:offline:start:end']?.()
    expect(await members(topic)).toEqual([])
  })

  it('names the brokers as missing before anything runs', async () => {
    const custom = { kafkaEventSource: { brokers: '' } }
    const made = new EventSourceMappingPlugin({ service: { ...serviceOf('orders'), custom } }, {}, quiet)
    await expect(made.hooks['offline:start:ready']?.()).rejects.toThrow(/custom.kafkaEventSource.brokers/)
  })
})

const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/chat/abcd-1'
const quiet = { log: { notice: () => undefined, warning: () => undefined } }

function serviceOf(topic: string) {
  const msk = { arn, topic, consumerGroupId: groupOf(topic), maximumBatchingWindow: 0 }
  return { provider: {}, functions: { persist: { name: 'shop-dev-persist', events: [{ msk }] } } }
}

async function start(topic: string, more: { invokeUrl?: string }, options: { host?: string; lambdaPort?: number }) {
  const custom = { kafkaEventSource: { brokers, ...more }, 'serverless-offline': { lambdaPort: nowhere } }
  plugin = new EventSourceMappingPlugin({ service: { ...serviceOf(topic), custom } }, options, quiet)
  await plugin.hooks['offline:start:ready']?.()
}
