/** Faults of MySQL, Redis, Kafka and object storage: killed and started again on the same port and data, frozen, emptied. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, onNext } from './fault.ts'
import type { Outage } from './recording.ts'
import { ownedBy, type Servers, tellRedis } from './stage.ts'
import { until } from './until.ts'

const awayMs = 4_000
const frozenMs = 5_000
const pauseMs = 3_000

/** Kills a server, and starts it again after a while. The proxies in front of it are shut meanwhile, as its own port is. */
const killed = (title: string, name: keyof Servers, frames: Outage['frames']): Fault => ({
  name: `${title} killed`,
  needsServers: true,
  pauseMs,
  async inject({ stage, during, injected, recovered }) {
    const server = ownedBy(stage)[name]
    const link = stage.network.to[name]
    await during(frames, async () => {
      server.kill('SIGKILL')
      await link.shut()
      await until(() => server.pid === undefined, 5_000)
      injected()
      await sleep(awayMs)
    })
    await server.start()
    await link.open()
    recovered()
  },
})

const frozen = (title: string, name: keyof Servers, frames: Outage['frames']): Fault => ({
  name: `${title} frozen for ${frozenMs / 1_000} s`,
  needsServers: true,
  pauseMs,
  async inject({ stage, during, injected, recovered }) {
    const server = ownedBy(stage)[name]
    await during(frames, async () => {
      server.kill('SIGSTOP')
      injected()
      await sleep(frozenMs)
    })
    server.kill('SIGCONT')
    recovered()
  },
})

export const serverFaults: readonly Fault[] = [
  killed('MySQL', 'mysql', 'taken'),
  frozen('MySQL', 'mysql', 'taken'),
  {
    name: 'Redis emptied',
    pauseMs: 800,
    async inject({ stage, injected }) {
      if ((await tellRedis(stage.redisPort, 'FLUSHALL')) === '+OK') injected()
    },
  },
  killed('Redis', 'redis', 'refused'),
  frozen('Redis', 'redis', 'refused'),
  killed('Kafka', 'kafka', 'refused'),
  frozen('Kafka', 'kafka', 'refused'),
  onNext(
    'produce with unknown outcome',
    300,
    ({ stage }, done) => stage.network.produces.cutNextProduce(done),
    ({ network }) => network.produces.disarm(),
  ),
  killed('S3', 'storage', 'taken'),
  frozen('S3', 'storage', 'taken'),
  {
    name: 'everything killed and started again',
    needsServers: true,
    pauseMs,
    async inject({ stage, injected, recovered }) {
      injected()
      await stage.killAll()
      recovered()
    },
  },
]
