/**
 * The one-port edge as a Serverless plugin. It plays CloudFront, the HTTP API and the WebSocket API with its management API:
 * it makes their events, and serverless-offline runs the functions. List it before serverless-offline, from which it hides
 * the events of both APIs. It serves Lambda's Invoke API as well: serverless-offline's own would take calls from any web page.
 */
import { type Call, functionCalls, withoutServer } from './call.ts'
import { invokeServer } from './invoke-api.ts'
import { type Listeners, listenOn } from './listen.ts'
import { type Functions, withoutRoutes } from './route.ts'
import { type Edge, startEdge } from './server.ts'
import { loopbacks, readSettings, type Service } from './settings.ts'

type Options = Readonly<Record<string, unknown>>

type Serverless = {
  serviceDir: string
  /** Its errors are printed as a sentence, all others with their stack. */
  classes: { Error: new (message: string, code: string) => Error }
  service: Service & { custom?: Options & { 'serverless-offline'?: Options } }
}

type Writers = { log: { notice(text: string): void } }

export default class EdgePlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>
  readonly #serverless: Serverless
  readonly #cliOptions: Options
  readonly #log: Writers['log']
  readonly #call = Promise.withResolvers<Call>()
  #edge: Edge | undefined
  #invokeApi: Listeners | undefined
  #end: (() => Promise<void>) | undefined
  #functions: Functions | undefined

  constructor(serverless: Serverless, cliOptions: Options, { log }: Writers) {
    this.#serverless = serverless
    this.#cliOptions = cliOptions
    this.#log = log
    this.hooks = {
      // Before anything has started: a later failure would leave the other servers running.
      'before:offline:start:init': () => this.#listen().catch((error) => this.#fail(error)),
      'offline:start:init': async () => this.#hideRoutes(),
      'after:offline:start:init': async () => this.#showRoutes(),
      'offline:start:ready': () => this.#open(),
      'before:offline:start:end': () => this.#stop(),
      // When the event source mappings, which invoke functions, have stopped.
      'offline:start:end': async () => this.#invokeApi?.close(),
    }
  }

  /** Takes the ports, for good. Requests wait until there are functions. */
  async #listen(): Promise<void> {
    const { serviceDir, service } = this.#serverless
    const settings = readSettings(service, serviceDir)
    const call: Call = async (name, event) => (await this.#call.promise)(name, event)
    this.#edge = await startEdge(settings, call)
    const names = new Map(Object.entries(service.functions).map(([key, { name = key }]) => [name, key]))
    const invoke = (deployedName: string, event: unknown) => {
      const key = names.get(deployedName)
      return key === undefined ? undefined : call(key, event)
    }
    this.#invokeApi = await listenOn(['127.0.0.1'], settings.invokePort, 'custom.edge.invokePort', () =>
      invokeServer(settings.secret, invoke),
    )
    await withoutServer()
  }

  async #fail(error: unknown): Promise<never> {
    await this.#edge?.stop()
    throw new this.#serverless.classes.Error(error instanceof Error ? error.message : String(error), 'EDGE_NOT_STARTED')
  }

  async #open(): Promise<void> {
    const offline = this.#serverless.service.custom?.['serverless-offline']
    const { call, end } = await functionCalls(this.#serverless, { ...offline, ...this.#cliOptions })
    this.#end = end
    this.#call.resolve(call)
    this.#log.notice(`Edge ready: http://${loopbacks[0]}:${this.#edge?.port}`)
  }

  async #stop(): Promise<void> {
    await this.#edge?.stop()
    await this.#end?.()
  }

  /** serverless-offline reads the events now, and must not find the edge's; every other plugin must. */
  #hideRoutes(): void {
    const { service } = this.#serverless
    this.#functions = service.functions
    service.functions = withoutRoutes(service.functions)
  }

  #showRoutes(): void {
    if (this.#functions) this.#serverless.service.functions = this.#functions
  }
}
