/**
 * The one-port edge as a Serverless plugin. It plays CloudFront and the HTTP API, and of the WebSocket API what
 * serverless-offline does otherwise; functions and sockets are serverless-offline's, whose servers in this process it hands
 * over to. List it before the plugin that builds the functions and before serverless-offline.
 */
import { resolve } from 'node:path'
import { translatingUnauthorized, webSocketAuthorizers } from './authorizer.ts'
import { unwrappingEvent } from './carrier.ts'
import { guardAgainstClients } from './guard.ts'
import { type Functions, standBefore } from './handler.ts'
import { watchServers } from './origin.ts'
import { hasFrameRoutes, routedFunctions, selectsNothing } from './route.ts'
import { type Edge, startEdge } from './server.ts'
import { readSettings, type Service } from './settings.ts'

type Options = Readonly<Record<string, unknown>>

type Serverless = {
  serviceDir: string
  /** Its errors are printed as a sentence, all others with their stack. */
  classes: { Error: new (message: string, code: string) => Error }
  service: Service & {
    custom?: Options & { 'serverless-offline'?: { location?: string } }
    provider?: { websocketsApiRouteSelectionExpression?: string }
  }
}

type Writers = { log: { notice(text: string): void } }

export default class EdgePlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>
  readonly #serverless: Serverless
  readonly #cliOptions: Options
  readonly #log: Writers['log']
  /** From the beginning, so that none of serverless-offline's is missed. */
  readonly #servers = watchServers()
  #edge: Edge | undefined
  #unguard: (() => void) | undefined
  #functions: Functions | undefined

  constructor(serverless: Serverless, cliOptions: Options, { log }: Writers) {
    this.#serverless = serverless
    this.#cliOptions = cliOptions
    this.#log = log
    this.hooks = {
      // Before anything has been started: what fails later would leave the other servers running.
      'before:offline:start:init': () => this.#tryPort().catch((error) => this.#fail(error)),
      'offline:start:init': () => this.#wrapHandlers(),
      'after:offline:start:init': () => this.#unwrapHandlers(),
      'offline:start:ready': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
    }
  }

  async #tryPort(): Promise<void> {
    const edge = await startEdge(this.#settings(), this.#servers)
    await edge.stop()
  }

  #fail(error: unknown): never {
    throw new this.#serverless.classes.Error(error instanceof Error ? error.message : String(error), 'EDGE_NOT_STARTED')
  }

  async #start(): Promise<void> {
    const settings = this.#settings()
    this.#unguard = guardAgainstClients((text) => this.#log.notice(text))
    this.#edge = await startEdge(settings, this.#servers)
    this.#log.notice(`Edge ready: http://${settings.hosts[0]}:${this.#edge.port}`)
  }

  async #stop(): Promise<void> {
    this.#servers.stop()
    await this.#edge?.stop()
    this.#unguard?.()
  }

  /** serverless-offline keeps the definitions it meets now; the file watcher of the build must go on to see the real ones. */
  async #wrapHandlers(): Promise<void> {
    const { service } = this.#serverless
    const { functions } = service
    const bodies = [
      ...routedFunctions(functions).map((name) => [name, unwrappingEvent] as const),
      ...webSocketAuthorizers(functions).map((name) => [name, translatingUnauthorized] as const),
    ]
    const wrapped = { ...functions }
    for (const [name, body] of bodies) {
      const handler = wrapped[name]?.handler
      if (handler === undefined) continue
      wrapped[name] = { ...wrapped[name], handler: await standBefore(this.#codeDir(), name, handler, body) }
    }
    this.#functions = functions
    service.functions = wrapped
    if (service.provider && !hasFrameRoutes(functions)) {
      service.provider.websocketsApiRouteSelectionExpression = selectsNothing
    }
  }

  async #unwrapHandlers(): Promise<void> {
    if (this.#functions) this.#serverless.service.functions = this.#functions
  }

  /** Where serverless-offline will look for handlers: the build plugin has just said so. */
  #codeDir(): string {
    const { serviceDir, service } = this.#serverless
    const location = this.#cliOptions.location ?? service.custom?.['serverless-offline']?.location
    return resolve(serviceDir, typeof location === 'string' ? location : '')
  }

  #settings() {
    const { serviceDir, service } = this.#serverless
    return readSettings(service, this.#cliOptions, serviceDir)
  }
}
