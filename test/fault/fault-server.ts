/** Faults of MySQL, Redis and Kafka: killed and started again on the same port and data, frozen, emptied. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, type Strike, until } from './episode.ts'
import { ownedBy, type Servers, tellRedis } from './stage.ts'

const awayMs = 4_000
const frozenMs = 5_000

/** Killed, away for a while, and back. */
async function killed(strike: Strike, name: keyof Servers, frames: 'refused' | 'taken'): Promise<void> {
  const server = ownedBy(strike.stage)[name]
  await strike.during(frames, async () => {
    server.kill('SIGKILL')
    await until(() => server.pid === undefined, 5_000)
    strike.struck()
    await sleep(awayMs)
  })
  await server.start()
  strike.recovered()
}

async function frozen(strike: Strike, name: keyof Servers, frames: 'refused' | 'taken'): Promise<void> {
  const server = ownedBy(strike.stage)[name]
  await strike.during(frames, async () => {
    server.kill('SIGSTOP')
    strike.struck()
    await sleep(frozenMs)
  })
  server.kill('SIGCONT')
  strike.recovered()
}

export const serverFaults: readonly Fault[] = [
  { name: 'MySQL killed', needsServers: true, pauseMs: 3_000, inject: (strike) => killed(strike, 'mysql', 'taken') },
  {
    name: 'MySQL frozen for 5 s',
    needsServers: true,
    pauseMs: 3_000,
    inject: (strike) => frozen(strike, 'mysql', 'taken'),
  },
  {
    name: 'Redis emptied',
    pauseMs: 800,
    async inject({ stage, struck }) {
      if ((await tellRedis(stage.redisPort, 'FLUSHALL')) === '+OK') struck()
    },
  },
  { name: 'Redis killed', needsServers: true, pauseMs: 3_000, inject: (strike) => killed(strike, 'redis', 'refused') },
  {
    name: 'Redis frozen for 5 s',
    needsServers: true,
    pauseMs: 3_000,
    inject: (strike) => frozen(strike, 'redis', 'refused'),
  },
  {
    name: 'Kafka killed',
    needsServers: true,
    pauseMs: 3_000,
    async inject(strike) {
      const { produces } = strike.stage
      await produces.shut()
      const server = ownedBy(strike.stage).kafka
      await strike.during('refused', async () => {
        server.kill('SIGKILL')
        await until(() => server.pid === undefined, 5_000)
        strike.struck()
        await sleep(awayMs)
      })
      await server.start()
      await produces.open()
      strike.recovered()
    },
  },
  {
    name: 'Kafka frozen for 5 s',
    needsServers: true,
    pauseMs: 3_000,
    inject: (strike) => frozen(strike, 'kafka', 'refused'),
  },
  {
    name: 'produce with unknown outcome',
    pauseMs: 300,
    async inject({ stage, struck }) {
      let hasStruck = false
      stage.produces.cutNextProduce(() => {
        hasStruck = true
        struck()
      })
      await until(() => hasStruck, 5_000)
      stage.produces.disarm()
    },
  },
  {
    name: 'everything killed and started again',
    needsServers: true,
    pauseMs: 3_000,
    async inject({ stage, struck, recovered }) {
      struck()
      await stage.killAll()
      recovered()
    },
  },
]
