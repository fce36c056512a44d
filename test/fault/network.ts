/** The network between the functions and the stores: names, and behind them proxies that fall silent or move on command. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Services } from '../../infra/services/index.ts'
import { names, type Store } from './names.ts'
import { type KafkaProxy, openKafkaProxy } from './proxy-kafka.ts'
import { type MysqlProxy, openMysqlProxy } from './proxy-mysql.ts'
import { openRedisProxy } from './proxy-redis.ts'
import { openStorageProxy, type StorageProxy } from './proxy-storage.ts'
import { homeAddress, type TcpProxy } from './proxy-tcp.ts'

/** All connections of the functions to one store. */
export interface Link extends Pick<TcpProxy, 'silence' | 'cutSilent' | 'shut' | 'open'> {
  /** Lets the store's name lead to another address. The one it had falls silent, for new connections, too. */
  move(): void
}

export interface Network {
  /** Between the consumer and MySQL. */
  readonly commits: MysqlProxy
  /** Between the functions and Kafka. */
  readonly produces: KafkaProxy
  /** Between the functions, with the edge, and object storage. */
  readonly files: StorageProxy
  readonly to: Readonly<Record<Store, Link> & { storage: Pick<Link, 'shut' | 'open'> }>
  /** How the functions and the consumer reach the stores; to be read together with preload-names.ts. */
  readonly functions: NodeJS.ProcessEnv
  readonly consumer: NodeJS.ProcessEnv
  stop(): Promise<void>
}

/** Opens proxies in front of the stores. Keeps the names in a file in `folder`. */
export async function openNetwork(addresses: Services['environment'], folder: string): Promise<Network> {
  const mysqlUrl = new URL(addresses.MYSQL_URL)
  const mysqlPort = Number(mysqlUrl.port || 3306)
  const commits = await openMysqlProxy(mysqlPort)
  const queries = await openMysqlProxy(mysqlPort)
  const redis = await openRedisProxy(Number(new URL(addresses.REDIS_URL).port || 6379))
  const produces = await openKafkaProxy(Number(addresses.KAFKA_BROKERS.match(/:(\d+)/)?.[1] ?? 9092))
  const storageUrl = new URL(addresses.STORAGE_ENDPOINT)
  const files = await openStorageProxy(Number(storageUrl.port || 80))

  const namesFile = join(folder, 'names.json')
  const addressOf = Object.fromEntries(Object.values(names).map((name) => [name, homeAddress]))
  const publish = (name: string, address: string): void => {
    addressOf[name] = address
    writeFileSync(namesFile, JSON.stringify(addressOf))
  }
  const to: Network['to'] = {
    mysql: link([commits, queries], (address) => publish(names.mysql, address)),
    redis: link([redis], (address) => publish(names.redis, address)),
    kafka: link([produces], (address) => publish(names.kafka, address)),
    // Its name is a part of what is signed: it stays.
    storage: files,
  }
  publish(names.mysql, homeAddress)

  const environment = (mysql: TcpProxy): NodeJS.ProcessEnv => ({
    MYSQL_URL: Object.assign(new URL(mysqlUrl), { hostname: names.mysql, port: mysql.port }).href,
    REDIS_URL: `redis://${names.redis}:${redis.port}`,
    KAFKA_BROKERS: `${names.kafka}:${produces.port}`,
    NAMES_FILE: namesFile,
  })
  return {
    commits,
    produces,
    files,
    to,
    functions: { ...environment(queries), STORAGE_ENDPOINT: Object.assign(storageUrl, { port: files.port }).href },
    consumer: environment(commits),
    async stop() {
      await Promise.all(Object.values(to).map((one) => one.shut()))
    },
  }
}

function link(proxies: readonly TcpProxy[], onMoved: (address: string) => void): Link {
  return {
    silence() {
      for (const proxy of proxies) proxy.silence()
    },
    cutSilent() {
      for (const proxy of proxies) proxy.cutSilent()
    },
    move() {
      for (const proxy of proxies) onMoved(proxy.move())
    },
    async shut() {
      await Promise.all(proxies.map((proxy) => proxy.shut()))
    },
    async open() {
      await Promise.all(proxies.map((proxy) => proxy.open()))
    },
  }
}
