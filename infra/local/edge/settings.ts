/** The edge's settings: `custom.edge` in serverless.yml, and serverless-offline's own for what stands behind it. */
import { resolve } from 'node:path'
import type { Cors } from './cors.ts'
import type { Functions } from './handler.ts'
import { routeKeys } from './route.ts'
import type { EdgeSettings } from './server.ts'
import type { StaticFolder } from './static.ts'

type Section = Readonly<Record<string, unknown>>

/** The part of serverless.yml that the edge reads. */
export type Service = {
  custom?: Section
  functions: Functions
  provider?: { httpApi?: { cors?: Cors } }
}

/** Both: `localhost` is the first on some systems and the second on others. */
const loopbacks = ['127.0.0.1', '::1']

/** serverless-offline's ports when it is not told others. */
const offlineDefaults: Section = { host: 'localhost', httpPort: 3000, websocketPort: 3001 }

/**
 * The limits of the two kinds of API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const gatewayLimits = {
  maxBodyBytes: 10 * 1024 * 1024,
  maxFrameBytes: 32 * 1024,
  maxMessageBytes: 128 * 1024,
  timeoutMs: 30_000,
} as const

/**
 * Reads the settings; folders are taken relative to the service. Command line options of serverless-offline win over its
 * section, as they do in serverless-offline.
 *
 * @throws Error naming the setting - when one is not what it should be.
 */
export function readSettings(service: Service, cliOptions: Section, serviceDir: string): EdgeSettings {
  const { custom = {}, functions, provider } = service
  const edge = section(custom.edge)
  const offline = { ...offlineDefaults, ...section(custom['serverless-offline']), ...given(cliOptions) }

  return {
    hosts: edge.host === undefined ? loopbacks : [text('custom.edge.host', edge.host)],
    port: portNumber('custom.edge.port', edge.port ?? 8080),
    httpApi: { url: address('httpPort', offline), routes: routeKeys(functions), cors: provider?.httpApi?.cors },
    webSocketApi: address('websocketPort', offline),
    webSocketPath: text('custom.edge.webSocketPath', edge.webSocketPath ?? '/api/ws'),
    // An empty variable means that there is none.
    originSecret: edge.originSecret ? text('custom.edge.originSecret', edge.originSecret) : undefined,
    staticFolders: Object.entries(section(edge.static)).map(([prefix, folders]) =>
      staticFolder(prefix, folders, serviceDir),
    ),
    limits: gatewayLimits,
  }
}

/** The section if it is one: an absent section and an empty one are the same. */
function section(value: unknown): Section {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function given(options: Section): Section {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
}

function staticFolder(prefix: string, folders: unknown, serviceDir: string): StaticFolder {
  const setting = `custom.edge.static.${prefix}`
  if (!/^\/.*[^/]$/.test(prefix)) throw new Error(`${setting}: a path begins with a slash and does not end with one.`)
  const all: unknown[] = Array.isArray(folders) ? folders : [folders]
  return { prefix, folders: all.map((folder) => resolve(serviceDir, text(setting, folder))) }
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

function address(setting: 'httpPort' | 'websocketPort', offline: Section): URL {
  const port = portNumber(`custom.serverless-offline.${setting}`, offline[setting])
  const host = text('custom.serverless-offline.host', offline.host)
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)
}
