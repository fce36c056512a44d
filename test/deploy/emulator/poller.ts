/** Lambda's pollers: the emulator stores event source mappings and does not read their topics. */
import {
  type MappingDefinition,
  readMappings,
  type Service,
} from '../../../infra/local/event-source-mapping/definition.ts'
import { createInvoker } from '../../../infra/local/event-source-mapping/invoke.ts'
import { startMapping } from '../../../infra/local/event-source-mapping/mapping.ts'
import type { Packaged } from '../stage.ts'

const stopMs = 5_000

export interface Pollers {
  /** Once all partitions of all topics are read. */
  ready: Promise<void>
  stop(): Promise<void>
}

/**
 * The mappings as the template has them. What serverless.yml adds to those that the framework makes is in the template, and in
 * the state no more.
 */
export function mappingsOf({ state, template }: Packaged): MappingDefinition[] {
  const { service }: { service: Service } = JSON.parse(state)
  return readMappings({ ...service, resources: { extensions: template.Resources } })
}

/** Plays the mappings of a packaged stage; functions are invoked over the emulator's Invoke API, as soon as they are there. */
export function startPollers(packaged: Packaged, endpoint: string, brokers: string): Pollers {
  const log = { info: () => undefined, warn: (line: string) => console.log(`  ${line}`) }
  const mappings = mappingsOf(packaged).map((definition) => {
    const invoke = createInvoker(endpoint, definition.functionName, definition.functionTimeoutMs)
    return startMapping({ definition, brokers, invoke, log })
  })
  const ready = Promise.all(mappings.map((mapping) => mapping.ready)).then(() => undefined)
  ready.catch(() => undefined)
  return {
    ready,
    async stop() {
      await Promise.all(mappings.map((mapping) => mapping.stop(stopMs)))
    },
  }
}
