/** The edge's settings: `custom.edge` in serverless.yml, and the events of its functions. */
import { resolve } from 'node:path'
import type { Cors } from './cors.ts'
import type { PageSettings } from './page.ts'
import { type Functions, httpRoutes, socketRoutes } from './route.ts'
import type { EdgeSettings } from './server.ts'
import type { StaticFolder } from './static.ts'
import { maxUploadBytes, type StorageSettings } from './storage.ts'

type Section = Readonly<Record<string, unknown>>

/** The part of serverless.yml that the edge reads. */
export type Service = {
  custom?: Section
  functions: Functions
  provider?: { httpApi?: { cors?: Cors } }
}

/** Both: `localhost` is the first on some systems and the second on others. */
export const loopbacks = ['127.0.0.1', '::1']

/**
 * The limits of the two kinds of API. AWS names no number for the patience with slow viewers.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const gatewayLimits = {
  maxBodyBytes: 10 * 1024 * 1024,
  maxFrameBytes: 32 * 1024,
  maxMessageBytes: 128 * 1024,
  timeoutMs: 30_000,
  idleMs: 600_000,
  patienceMs: 30_000,
  lifetimeMs: 7_200_000,
} as const

/**
 * Reads the settings; folders are taken relative to the service.
 *
 * @throws Error naming the setting - when one is not what it should be.
 */
export function readSettings(service: Service, serviceDir: string): EdgeSettings & { invokePort: number } {
  const { custom = {}, functions, provider } = service
  const edge = section(custom.edge)

  return {
    hosts: loopbacks,
    port: portNumber('custom.edge.port', edge.port ?? 8080),
    managementPort: portNumber('custom.edge.managementPort', edge.managementPort ?? 3001),
    invokePort: portNumber('custom.edge.invokePort', edge.invokePort ?? 3002),
    secret: text('custom.edge.secret', edge.secret),
    httpApi: { routes: httpRoutes(functions), cors: provider?.httpApi?.cors },
    socketRoutes: socketRoutes(functions),
    staticFolders: Object.entries(section(edge.static)).map(([prefix, folder]) =>
      staticFolder(prefix, folder, serviceDir),
    ),
    page: edge.page === undefined ? undefined : pageSettings(section(edge.page), serviceDir),
    storage: edge.storage === undefined ? undefined : storageSettings(section(edge.storage)),
    // Unlike the others, none is wanted unless it is named.
    mediaPort: portNumber('custom.edge.mediaPort', edge.mediaPort ?? 0) || undefined,
    farewell: edge.farewell ? farewellOf(section(edge.farewell)) : undefined,
    limits: gatewayLimits,
  }
}

/** No function has a limit here: how long a transfer may take is a guess at what a CDN's viewers have patience for. */
const storageLimits = { maxBodyBytes: maxUploadBytes, timeoutMs: 30_000, transferMs: 600_000 } as const

/** Undefined without an address, as when the framework does other things than to serve. */
function storageSettings({ endpoint, bucket }: Section): StorageSettings | undefined {
  if (endpoint === '' || endpoint === null) return undefined
  const address = URL.parse(text('custom.edge.storage.endpoint', endpoint))
  if (address?.protocol !== 'http:') throw new Error('custom.edge.storage.endpoint must be an address over http.')
  return { endpoint: address, bucket: text('custom.edge.storage.bucket', bucket), ...storageLimits }
}

/** Makes the farewell, with random numbers so that not all viewers reconnect at once. */
function farewellOf({ message, randomBelow }: Section): () => string {
  const bounds = Object.entries(section(randomBelow)).map(([name, bound]) => [name, Number(bound)] as const)
  const draw = () => Object.fromEntries(bounds.map(([name, bound]) => [name, Math.floor(Math.random() * bound)]))
  return () => JSON.stringify({ ...section(message), ...draw() })
}

/** The section, or an empty one. */
function section(value: unknown): Section {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function staticFolder(prefix: string, folder: unknown, serviceDir: string): StaticFolder {
  const setting = `custom.edge.static.${prefix}`
  if (!/^\/.*[^/]$/.test(prefix)) throw new Error(`${setting}: a path begins with a slash and does not end with one.`)
  return { prefix, folder: resolve(serviceDir, text(setting, folder)) }
}

function pageSettings({ folder, views = [] }: Section, serviceDir: string): PageSettings {
  const isList = Array.isArray(views) && views.every((view) => typeof view === 'string' && /^[\w-]+$/.test(view))
  if (!isList) throw new Error('custom.edge.page.views must be a list of the first parts of paths, without slashes.')
  return { folder: resolve(serviceDir, text('custom.edge.page.folder', folder)), views }
}

function text(setting: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new Error(`${setting} must be a text.`)
}

function portNumber(setting: string, value: unknown): number {
  const port = Number(value)
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port
  throw new Error(`${setting} must be a port number.`)
}
