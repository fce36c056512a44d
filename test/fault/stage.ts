/** The system under test: real servers, the functions, the consumer in a process of its own, and proxies in between. */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort } from '../../infra/app.ts'
import { type Cleanup, createCleanup } from '../../infra/cleanup.ts'
import { runScript } from '../../infra/script.ts'
import { type Server, type Services, startServices } from '../../infra/services/index.ts'
import { usualPorts } from '../../infra/services/program.ts'
import type { Edit } from '../breaks.ts'
import { buildConsumer, type Consumer, createConsumer, functionName } from './consumer.ts'
import { createFreezer, type Freezer } from './freezer.ts'
import { createFunctions, type Functions } from './functions.ts'
import { type Network, openNetwork } from './network.ts'
import { type HttpProxy, openHttpProxy } from './proxy-http.ts'
import { takeAnyTime } from './topic.ts'

export interface Servers {
  mysql: Server
  redis: Server
  kafka: Server
  storage: Server
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
  /** Runs the function that deletes files which nobody uses. @throws Error when it fails. */
  sweep(): Promise<void>
  /** Copies the logs to a folder that outlives the stage. */
  keepLogs(say: (line: string) => void): Promise<void>
  stop(): Promise<void>
}

const topic = 'chat-messages'
const topicOfSlices = 'chat-fan-out'
const root = resolve(import.meta.dirname, '../..')
// Loaded by the functions and the consumer before their code.
const preloads = ['preload-names.ts', 'preload-clock.ts']

interface Start {
  say: (line: string) => void
  signal: AbortSignal
  /** Removed by the cleanup. */
  folder: string
  cleanup: Cleanup
}

/** Starts everything, on empty data. Cleans up when it fails, and on `stop`. */
export async function openStage(say: (line: string) => void, signal: AbortSignal): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-fault-'))
  const cleanup = createCleanup(say)
  cleanup.add(() => rm(folder, { recursive: true, force: true }))
  try {
    return await startAll({ say, signal, folder, cleanup })
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

async function startAll(start: Start): Promise<Stage> {
  const { folder, cleanup, signal } = start
  const secret = { STAGE: 'local', JWT_SECRET: randomBytes(32).toString('hex'), LOG_LEVEL: 'warn' }
  const services = await startStores(start, secret)
  const servers = ownServers(services)
  const addresses = services.environment
  const innerSecret = randomBytes(24).toString('hex')
  const clockFile = join(folder, 'clock')
  const environment = { ...secret, ...preload(clockFile), GROUP_MEMBERS: '600' }
  // It writes the file that they read.
  const freezer = createFreezer(clockFile, () => [functions.pid, consumer.pid].filter((pid) => pid !== undefined))
  const port = await freePort(13_010)
  const proxies = await openProxies(start, addresses, port, () => functions.ports)
  const { network, posts, invocations } = proxies
  const consumer = await startConsumer(start, port, {
    ...environment,
    ...network.consumer,
    EDGE_SECRET: innerSecret,
    GATEWAY_ENDPOINT: `http://127.0.0.1:${posts.port}/${innerSecret}`,
  })
  const functions = await createFunctions({
    ...start,
    logFile: join(folder, 'app.log'),
    environment: { ...environment, ...network.functions, ...mapping(addresses, invocations, innerSecret) },
    secret: innerSecret,
  })
  cleanup.add(() => functions.stop())
  await functions.start()
  return {
    ...proxies,
    servers,
    consumer,
    url: `http://127.0.0.1:${functions.port}`,
    mysqlUrl: addresses.MYSQL_URL,
    redisPort: Number(new URL(addresses.REDIS_URL).port || 6379),
    freezer,
    appPid: () => functions.pid ?? 0,
    deaths: () => functions.deaths,
    breakConsumer: async (edit) => consumer.replace(await buildConsumer(join(folder, 'broken.mjs'), edit)),
    killAll: async () => killAll({ functions, consumer, servers: ownedBy({ servers }), signal }),
    sweep: () =>
      invoke(`http://127.0.0.1:${functions.ports.invocations}/${innerSecret}`, 'gochat-local-operationsSweep'),
    keepLogs: (tell) => keepLogs(folder, tell),
    stop: cleanup.run,
  }
}

async function startStores({ folder, say, signal, cleanup }: Start, secret: NodeJS.ProcessEnv): Promise<Services> {
  const services = await awayFromUsualPorts(() =>
    startServices({ dataDir: join(folder, 'data'), keepData: true, say, signal }),
  )
  cleanup.add(() => services.stop())
  await runScript('infra/migrate.ts', join(folder, 'migrate.log'), { ...secret, ...services.environment })
  await takeAnyTime(services.environment.KAFKA_BROKERS ?? '', [topic, topicOfSlices])
  return services
}

async function openProxies(
  { folder, cleanup }: Start,
  addresses: Services['environment'],
  consumerPort: number,
  ports: () => Functions['ports'],
): Promise<Pick<Stage, 'network' | 'posts' | 'invocations'>> {
  const network = await openNetwork(addresses, folder)
  const posts = await openHttpProxy(() => ports().posts)
  // Only the consumer runs in its own process; the mappings invoke all other functions as usual.
  const invocations = await openHttpProxy((url) => (url.includes(functionName) ? consumerPort : ports().invocations))
  for (const proxy of [network, posts, invocations]) cleanup.add(() => proxy.stop())
  return { network, posts, invocations }
}

/** What loads the preloads. */
const preload = (clockFile: string) => ({
  NODE_OPTIONS: preloads.map((file) => `--import ${pathToFileURL(join(import.meta.dirname, file))}`).join(' '),
  CLOCK_FILE: clockFile,
})

/** What reads the topic is a part of AWS, and no function of ours: it asks Kafka past the proxies. */
const mapping = ({ KAFKA_BROKERS }: Services['environment'], invocations: HttpProxy, secret: string) => ({
  KAFKA_EVENT_SOURCE_BROKERS: KAFKA_BROKERS,
  KAFKA_EVENT_SOURCE_INVOKE_URL: `http://127.0.0.1:${invocations.port}/${secret}`,
})

async function startConsumer(
  { folder, cleanup }: Start,
  port: number,
  environment: NodeJS.ProcessEnv,
): Promise<Consumer> {
  const consumer = createConsumer({
    code: await buildConsumer(join(folder, 'persist.mjs')),
    port,
    logFile: join(folder, 'consumer.log'),
    environment: { ...environment, MESSAGE_TOPIC: topic },
  })
  await consumer.start()
  cleanup.add(() => consumer.stop())
  return consumer
}

async function invoke(base: string, name: string): Promise<void> {
  const url = `${base}/2015-03-31/functions/${name}/invocations`
  const response = await fetch(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(60_000) })
  if (response.status !== 200 || response.headers.has('x-amz-function-error'))
    throw new Error(`${name} failed: ${response.status} ${await response.text()}`)
}

async function killAll(parts: {
  functions: Functions
  consumer: Consumer
  servers: Servers
  signal: AbortSignal
}): Promise<void> {
  const { functions, consumer, signal } = parts
  const servers = Object.values(parts.servers)
  functions.kill()
  for (const server of servers) server.kill('SIGKILL')
  await consumer.stop()
  await Promise.all(servers.map((server) => server.start(signal)))
  await consumer.start()
  await functions.start()
}

async function keepLogs(folder: string, say: (line: string) => void): Promise<void> {
  const kept = join(root, '.build/fault-logs')
  await mkdir(kept, { recursive: true })
  for (const log of ['app.log', 'consumer.log']) await copyFile(join(folder, log), join(kept, log))
  say(`The logs of the functions and of the consumer are in ${kept}`)
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

function ownServers({ mysql, redis, kafka, storage }: Services): Servers | undefined {
  return mysql && redis && kafka && storage ? { mysql, redis, kafka, storage } : undefined
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
