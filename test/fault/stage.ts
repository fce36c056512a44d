/** The system under test: real servers, the functions, the consumer in a process of its own, and proxies in between. */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type App, freePort, startApp } from '../../infra/app.ts'
import { runScript } from '../../infra/script.ts'
import { type Server, type Services, startServices } from '../../infra/services/index.ts'
import { usualPorts } from '../../infra/services/program.ts'
import type { Edit } from '../breaks.ts'
import { buildConsumer, type Consumer, createConsumer, functionName } from './consumer.ts'
import { createFreezer, type Freezer } from './freezer.ts'
import { type Network, openNetwork } from './network.ts'
import { type HttpProxy, openHttpProxy } from './proxy-http.ts'
import { takeAnyTime } from './topic.ts'

export interface Servers {
  mysql: Server
  redis: Server
  kafka: Server
}

export interface Stage {
  readonly url: string
  readonly mysqlUrl: string
  readonly redisPort: number
  /** Undefined when they are given by address or run in containers, and so cannot be killed from here. */
  readonly servers: Servers | undefined
  readonly consumer: Consumer
  /** Between the functions and the stores. */
  readonly network: Network
  /** Of the functions and the consumer. */
  readonly freezer: Freezer
  /** Between the consumer and the gateway's management endpoint. */
  readonly posts: HttpProxy
  /** Between the event source mapping and the consumer. */
  readonly invocations: HttpProxy
  /** The functions' own process. */
  appPid(): number
  /** How often that process has ended by itself; it is started again. */
  deaths(): number
  /** Restarts the consumer with an edit applied to its code. */
  breakConsumer(edit: Edit): Promise<void>
  /** Kills the functions, the consumer and all servers, and starts them again on their data. */
  killAll(): Promise<void>
  /** Copies the logs to a folder that outlives the stage. */
  keepLogs(say: (line: string) => void): Promise<void>
  stop(): Promise<void>
}

const topic = 'chat-messages'
const root = resolve(import.meta.dirname, '../..')
// Loaded by the functions and the consumer before their code.
const preloads = ['preload-names.ts', 'preload-clock.ts']

/** Starts everything, on empty data. Cleans up when it fails, and on `stop`. */
export async function openStage(say: (line: string) => void, signal: AbortSignal): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-fault-'))
  const logFile = join(folder, 'app.log')
  const steps: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const step of steps.splice(0).reverse()) await step().catch((error: unknown) => say(String(error)))
  }
  try {
    const services = await awayFromUsualPorts(() =>
      startServices({ dataDir: join(folder, 'data'), keepData: true, say, signal }),
    )
    steps.push(() => services.stop())
    const servers = ownServers(services)
    const addresses = services.environment
    const secret = { STAGE: 'local', JWT_SECRET: randomBytes(32).toString('hex'), LOG_LEVEL: 'warn' }
    await runScript('infra/migrate.ts', join(folder, 'migrate.log'), { ...secret, ...addresses })
    await takeAnyTime(addresses.KAFKA_BROKERS ?? '', topic)

    let app: App | undefined
    let deaths = 0
    let isStopping = false
    const innerSecret = randomBytes(24).toString('hex')
    let gatewayPort = 0
    let invokePort = 0
    const clockFile = join(folder, 'clock')
    const freezer = createFreezer(clockFile, () => [app?.pid, consumer.pid].filter((pid) => pid !== undefined))
    const preload = {
      NODE_OPTIONS: preloads.map((file) => `--import ${pathToFileURL(join(import.meta.dirname, file))}`).join(' '),
      CLOCK_FILE: clockFile,
    }
    const network = await openNetwork(addresses, folder)
    const posts = await openHttpProxy(() => gatewayPort)
    const port = await freePort(13_010)
    // Only the consumer runs in its own process; the mappings invoke all other functions as usual.
    const invocations = await openHttpProxy((url) => (url.includes(functionName) ? port : invokePort))
    steps.push(...[network, posts, invocations].map((proxy) => () => proxy.stop()))

    const code = await buildConsumer(join(folder, 'persist.mjs'))
    const consumer = createConsumer({
      code,
      port,
      logFile: join(folder, 'consumer.log'),
      environment: {
        ...secret,
        ...preload,
        ...network.consumer,
        EDGE_SECRET: innerSecret,
        GATEWAY_ENDPOINT: `http://127.0.0.1:${posts.port}/${innerSecret}`,
        MESSAGE_TOPIC: topic,
      },
    })
    await consumer.start()
    steps.push(() => consumer.stop())

    const appPort = await freePort(18_090)
    const startFunctions = async (): Promise<void> => {
      app = await startApp({
        environment: {
          ...secret,
          ...preload,
          ...network.functions,
          // What reads the topic is a part of AWS, and no function of ours.
          KAFKA_EVENT_SOURCE_BROKERS: addresses.KAFKA_BROKERS,
          KAFKA_EVENT_SOURCE_INVOKE_URL: `http://127.0.0.1:${invocations.port}/${innerSecret}`,
        },
        secret: innerSecret,
        port: appPort,
        logFile,
        say,
        signal,
      })
      gatewayPort = Number(new URL(app.inner.posts).port)
      invokePort = Number(new URL(app.inner.invocations).port)
      void app.died.then(async (detail) => {
        deaths += 1
        say(`The functions' process has ended by itself: ${detail}`)
        if (!isStopping) await startFunctions().catch((error: unknown) => say(String(error)))
      })
    }
    steps.push(async () => app?.stop())
    await startFunctions()
    steps.push(async () => {
      isStopping = true
    })

    return {
      url: `http://127.0.0.1:${appPort}`,
      mysqlUrl: addresses.MYSQL_URL,
      redisPort: Number(new URL(addresses.REDIS_URL).port || 6379),
      servers,
      consumer,
      network,
      freezer,
      posts,
      invocations,
      appPid: () => app?.pid ?? 0,
      deaths: () => deaths,
      async breakConsumer(edit) {
        await consumer.replace(await buildConsumer(join(folder, 'broken.mjs'), edit))
      },
      async killAll() {
        const all = Object.values(ownedBy({ servers }))
        app?.kill('SIGKILL')
        for (const server of all) server.kill('SIGKILL')
        await consumer.stop()
        await Promise.all(all.map((server) => server.start(signal)))
        await consumer.start()
        await startFunctions()
      },
      async keepLogs(tell) {
        const kept = join(root, '.build/fault-logs')
        await mkdir(kept, { recursive: true })
        for (const log of ['app.log', 'consumer.log']) await copyFile(join(folder, log), join(kept, log))
        tell(`The logs of the functions and of the consumer are in ${kept}`)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Keeps the usual ports free of our servers: another start on this machine could take the port of one that is killed. */
async function awayFromUsualPorts<T>(start: () => Promise<T>): Promise<T> {
  const holders = Object.values(usualPorts)
    .flat()
    .map((port) =>
      createServer()
        .on('error', () => {})
        .listen(port, '127.0.0.1'),
    )
  try {
    return await start()
  } finally {
    for (const holder of holders) holder.close()
  }
}

function ownServers({ mysql, redis, kafka }: Services): Servers | undefined {
  return mysql && redis && kafka ? { mysql, redis, kafka } : undefined
}

/** The servers' processes. @throws Error when they are not ours. */
export function ownedBy({ servers }: Pick<Stage, 'servers'>): Servers {
  if (servers) return servers
  throw new Error('these servers were not started by this process: it cannot kill them')
}

/** Sends one command to Redis and returns the first line of its answer. */
export function tellRedis(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.once('error', reject)
    socket.once('data', (answer) => {
      resolve(String(answer).split('\r\n', 1)[0] ?? '')
      socket.destroy()
    })
  })
}
