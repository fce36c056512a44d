// A Serverless plugin: plays Lambda's event source mapping for Amazon MSK beside serverless-offline.
import { readMappings, type Service } from './definition.ts'
import { createInvoker } from './invoke.ts'
import type { Log } from './log.ts'
import { type Mapping, startMapping } from './mapping.ts'
import { within } from './within.ts'

type Custom = {
  readonly kafkaEventSource?: {
    /** host:port, separated by commas. */
    readonly brokers?: string
    /** Where functions are invoked instead of serverless-offline's Invoke API: an address, perhaps with a path. */
    readonly invokeUrl?: string
  }
  readonly 'serverless-offline'?: OfflineOptions
}

type OfflineOptions = { readonly host?: string; readonly lambdaPort?: number | string; readonly noTimeout?: boolean }

type Serverless = { readonly service: Service & { readonly custom?: Custom } }

type Writers = { readonly log: { notice(line: string): void; warning(line: string): void } }

/** A mapping that cannot read its topic by then continues to try while the service is already up. */
const readyMs = 15_000
const stopMs = 5_000
/** With --noTimeout, as for a debugger, Lambda's own limit remains. */
const longestMs = 900_000

/**
 * Starts every `msk` event of the service when serverless-offline is up, and stops them before it ends. It must be listed
 * before serverless-offline, whose own `ready` hook waits for the end, and runs under `serverless offline start` only.
 */
export default class EventSourceMappingPlugin {
  readonly hooks: Record<string, () => Promise<void>>
  private readonly serverless: Serverless
  private readonly options: OfflineOptions
  private readonly log: Log
  private mappings: Mapping[] = []

  constructor(serverless: Serverless, options: OfflineOptions, { log }: Writers) {
    this.serverless = serverless
    this.options = options
    this.log = { info: (line) => log.notice(line), warn: (line) => log.warning(line) }
    this.hooks = {
      'offline:start:ready': () => this.start(),
      'before:offline:start:end': () => this.stop(),
    }
  }

  private async start(): Promise<void> {
    const { service } = this.serverless
    const definitions = readMappings(service)
    if (definitions.length === 0) return
    const { brokers, invokeUrl } = service.custom?.kafkaEventSource ?? {}
    if (!brokers) throw new Error('custom.kafkaEventSource.brokers: name the brokers as host:port, separated by commas')

    const { host = 'localhost', lambdaPort = 3002 } = { ...service.custom?.['serverless-offline'], ...this.options }
    // The command line's alone: the section's noTimeout is about serverless-offline's own timers.
    const timeoutMs = this.options.noTimeout ? longestMs : undefined
    const endpoint = invokeUrl || `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${lambdaPort}`
    this.mappings = definitions.map((definition) =>
      startMapping({
        definition,
        brokers: brokers.replaceAll(' ', ''),
        invoke: createInvoker(endpoint, definition.functionName, timeoutMs ?? definition.functionTimeoutMs),
        log: this.log,
      }),
    )
    const ready = Promise.all(this.mappings.map((mapping) => mapping.ready.catch(() => undefined)))
    await within(readyMs, ready)
  }

  private async stop(): Promise<void> {
    await Promise.all(this.mappings.map((mapping) => mapping.stop(stopMs)))
  }
}
