/** The functions' own process, which is started again when it ends by itself. */
import { type App, freePort, startApp } from '../../infra/app.ts'

export interface Functions {
  /** The port of their edge. */
  readonly port: number
  /** The port of the gateway's management endpoint, and that of the Invoke API; 0 before the first start. */
  readonly ports: { readonly posts: number; readonly invocations: number }
  readonly pid: number | undefined
  /** How often the process has ended by itself. */
  readonly deaths: number
  start(): Promise<void>
  /** Kills it; it is not started again by itself. */
  kill(): void
  /** Ends it for good. */
  stop(): Promise<void>
}

type Options = Omit<Parameters<typeof startApp>[0], 'port'>

/** Not started yet. */
export async function createFunctions(options: Options): Promise<Functions> {
  const port = await freePort(18_090)
  let app: App | undefined
  let deaths = 0
  let isStopping = false

  async function start(): Promise<void> {
    app = await startApp({ ...options, port })
    void app.died.then(async (detail) => {
      deaths += 1
      options.say(`The functions' process has ended by itself: ${detail}`)
      if (!isStopping) await start().catch((error: unknown) => options.say(String(error)))
    })
  }

  return {
    port,
    get ports() {
      return { posts: portOf(app?.inner.posts), invocations: portOf(app?.inner.invocations) }
    },
    get pid() {
      return app?.pid
    },
    get deaths() {
      return deaths
    },
    start,
    kill: () => app?.kill('SIGKILL'),
    async stop() {
      isStopping = true
      await app?.stop()
    },
  }
}

const portOf = (url: string | undefined): number => (url === undefined ? 0 : Number(new URL(url).port))
